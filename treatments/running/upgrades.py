"""What early versions let staff type and later migrations stop on, made to fit before those run."""

from django.db import connection

from treatments.models.clinic import MOST_DAYS, MOST_HOURS

#: The migration that first held the clinic's numbers to limits, and the least and the most of each since then.
FIRST_LIMITS = ("treatments", "0006_times_and_numbers_fit")
LIMITS = {
    "visit_minutes": (5, 480),
    "notice_hours": (0, MOST_HOURS),
    "horizon_days": (0, 366),
    "call_back_hours": (1, MOST_HOURS),
    "keep_visit_days": (1, MOST_DAYS),
    "keep_request_days": (14, MOST_DAYS),
}


def make_fit() -> None:
    """Bring the clinic's numbers within limits, each to the nearest; a visit to a whole multiple of five minutes.

    Written by hand: the models are those of a later version than the tables.
    """
    with connection.cursor() as cursor:
        cursor.execute("UPDATE treatments_clinic SET visit_minutes = 5 * ((visit_minutes + 4) / 5)")
        for column, (least, most) in LIMITS.items():
            cursor.execute(f"UPDATE treatments_clinic SET {column} = %s WHERE {column} < %s", [least, least])
            cursor.execute(f"UPDATE treatments_clinic SET {column} = %s WHERE {column} > %s", [most, most])
