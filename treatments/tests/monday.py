"""A Monday on which tests of visits begin: 1 June 2026, eight o'clock at the clinic, an hour before it opens."""

import datetime
import zoneinfo

KUALA_LUMPUR = zoneinfo.ZoneInfo("Asia/Kuala_Lumpur")
NOW = datetime.datetime(2026, 6, 1, 8, tzinfo=KUALA_LUMPUR)
MINUTE, HALF_HOUR = datetime.timedelta(minutes=1), datetime.timedelta(minutes=30)
HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)
NINE, TEN, HALF_PAST_TEN, ELEVEN = NOW + HOUR, NOW + 2 * HOUR, NOW + 2 * HOUR + HALF_HOUR, NOW + 3 * HOUR
#: Ten o'clock on these days of the same week.
WEDNESDAY, FRIDAY = TEN + 2 * DAY, TEN + 4 * DAY
