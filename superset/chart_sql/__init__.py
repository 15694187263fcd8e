"""The SQL behind the datasets in assets/: functions of strings to SQL, nothing else.

What comes from a reader is quoted by Superset before it gets here. A new dataset adds its function
to FUNCTIONS, and may then call it between {{ and }}.
"""

from collections.abc import Callable
from typing import Final

from chart_sql.coverage import source_coverage
from chart_sql.edit_rankings import editor_ranking, page_ranking
from chart_sql.edits import edit_rates, edit_sums
from chart_sql.engagement import engagement_days, engagement_windows, growing_posts
from chart_sql.rankings import names, ranking, trend
from chart_sql.rates import covered_rates, post_rates
from chart_sql.source_hashtags import shared_hashtags, typical_hashtags
from chart_sql.time_ranges import midpoint

_ALL: Final[tuple[Callable[..., str], ...]] = (
    covered_rates,
    edit_rates,
    edit_sums,
    editor_ranking,
    engagement_days,
    engagement_windows,
    growing_posts,
    midpoint,
    names,
    page_ranking,
    post_rates,
    ranking,
    shared_hashtags,
    source_coverage,
    trend,
    typical_hashtags,
)

FUNCTIONS: Final = {function.__name__: function for function in _ALL}
"""What the templates of datasets may call, by name."""
