from django.urls import path, re_path

from treatments.models import NoticeKind
from treatments.pictures import NAME
from treatments.views import consultation, home, machine, treatment

app_name = "treatments"
urlpatterns = [
    path("", home.home, name="home"),
    path("treatments/", treatment.treatment_list, name="treatment_list"),
    path("treatments/<slug:slug>/", treatment.treatment_detail, name="treatment_detail"),
    path("consultation/", consultation.consultation, name="consultation"),
    path("consultation/thank-you/", consultation.consultation_done, name="consultation_done"),
    path("privacy/", home.notice_detail, {"kind": NoticeKind.PRIVACY}, name="privacy"),
    path("accessibility/", home.notice_detail, {"kind": NoticeKind.ACCESSIBILITY}, name="accessibility"),
    re_path(rf"^pictures/(?P<name>{NAME.pattern})$", treatment.picture, name="picture"),
    path("sitemap.xml", machine.sitemap, name="sitemap"),
    path("robots.txt", machine.robots, name="robots"),
]
