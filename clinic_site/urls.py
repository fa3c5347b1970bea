from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls), path("", include("treatments.urls"))]
handler400 = "treatments.views.error.bad_request"
handler500 = "treatments.views.error.server_error"
