"""Rows that staff look at and never add, change or delete by hand."""

from django.contrib import admin


class LookOnlyAdmin(admin.ModelAdmin):
    """What is written by acts alone: editions, requests, messages."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
