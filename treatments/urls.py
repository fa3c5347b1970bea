"""The URLs of the site; the desk's are not among them."""

from django.conf import settings
from django.urls import path, re_path

from treatments.models import NoticeKind
from treatments.text.pictures import NAME
from treatments.views import comment, consultation, gallery, home, machine, request, treatment

#: What begins the URLs of the pages behind a private link: the row's public id, and a signature of the link.
LINK = r"(?P<public_id>[\w-]{22})\.(?P<signature>[\w-]{43})/"
PRIVATE = f"consultation/{LINK}"
COMMENT = f"comments/{LINK}"

app_name = "treatments"
urlpatterns = [
    path("", home.home, name="home"),
    path("treatments/", treatment.treatment_list, name="treatment_list"),
    path("treatments/<slug:slug>/", treatment.treatment_detail, name="treatment_detail"),
    path("treatments/<slug:slug>/care/", treatment.treatment_care, name="treatment_care"),
    path("treatments/<slug:slug>/sources/", treatment.treatment_sources, name="treatment_sources"),
    path("treatments/<slug:slug>/comments/", comment.comment_list, name="comment_list"),
    path("comments/erased/", comment.comment_erased, name="comment_erased"),
    re_path(rf"^{COMMENT}$", comment.comment_detail, name="comment_detail"),
    re_path(rf"^{COMMENT}erase/$", comment.comment_erase, name="comment_erase"),
    path("consultation/", consultation.consultation, name="consultation"),
    path("consultation/details/", consultation.consultation_details, name="consultation_details"),
    path("consultation/link/", consultation.consultation_link, name="consultation_link"),
    path("consultation/link/sent/", consultation.consultation_link_sent, name="consultation_link_sent"),
    path("consultation/erased/", request.request_erased, name="request_erased"),
    re_path(rf"^{PRIVATE}$", request.request_detail, name="request_detail"),
    re_path(rf"^{PRIVATE}change/$", request.request_change, name="request_change"),
    re_path(rf"^{PRIVATE}will-come/$", request.request_will_come, name="request_will_come"),
    re_path(rf"^{PRIVATE}phone/$", request.request_phone, name="request_phone"),
    re_path(rf"^{PRIVATE}correct/$", request.request_correct, name="request_correct"),
    re_path(rf"^{PRIVATE}cancel/$", request.request_cancel, name="request_cancel"),
    re_path(rf"^{PRIVATE}held/$", request.request_held, name="request_held"),
    re_path(rf"^{PRIVATE}held/what-we-hold\.json$", request.request_download, name="request_download"),
    re_path(rf"^{PRIVATE}erase/$", request.request_erase, name="request_erase"),
    re_path(rf"^{PRIVATE}appointment\.ics$", request.request_calendar, name="request_calendar"),
    path("privacy/", home.notice_detail, {"kind": NoticeKind.PRIVACY}, name="privacy"),
    path("accessibility/", home.notice_detail, {"kind": NoticeKind.ACCESSIBILITY}, name="accessibility"),
    re_path(rf"^pictures/(?P<name>{NAME.pattern})$", treatment.picture, name="picture"),
    path("sitemap.xml", machine.sitemap, name="sitemap"),
    path("robots.txt", machine.robots, name="robots"),
]
if settings.DEBUG:
    urlpatterns.append(path("components/", gallery.gallery, name="gallery"))
