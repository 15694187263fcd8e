"""The theme: logo, colours, type. Read by superset_config.py."""

import base64

NAME = "Tidemark"
SCHEME = "tidemark"

INK = "#12303f"
TIDE = "#0f7c8a"

# They differ by hue and by lightness, calm on white; the first is the sea, the second the sand.
PALETTE = [
    TIDE,
    "#e0a04b",
    "#2f5d9b",
    "#d4654f",
    "#6bb39a",
    "#8a5d9f",
    "#64afd6",
    "#a6a34a",
    "#cf8aa5",
    "#6d808c",
]

# Two waves and the line that they leave.
_LOGO = f"""<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 150 32' width='150' height='32'>
<path d='M2 9q4.5-5 9 0t9 0 9 0' fill='none' stroke='{TIDE}' stroke-width='3' stroke-linecap='round'/>
<path d='M2 17q4.5-5 9 0t9 0 9 0' fill='none' stroke='{TIDE}' stroke-opacity='.55' stroke-width='3'
 stroke-linecap='round'/>
<path d='M2 26h27' stroke='#e0a04b' stroke-width='3' stroke-linecap='round'/>
<text x='40' y='23' font-family='Inter,Helvetica,Arial,sans-serif' font-size='20' font-weight='600'
 letter-spacing='-.3' fill='{INK}'>{NAME}</text></svg>"""

THEME = {
    "algorithm": "default",
    "token": {
        "brandAppName": NAME,
        "brandLogoAlt": NAME,
        "brandLogoHref": "/",
        "brandLogoUrl": "data:image/svg+xml;base64," + base64.b64encode(_LOGO.encode()).decode(),
        "brandLogoHeight": "28px",
        "brandLogoMargin": "18px 0",
        # The wheel lacks the default SVG and warns on every page.
        "brandSpinnerUrl": "/static/assets/images/loading.gif",
        "colorPrimary": TIDE,
        "colorLink": TIDE,
        "colorInfo": "#64afd6",
        "colorSuccess": "#4f9d80",
        "colorWarning": "#e0a04b",
        "colorError": "#c8503b",
        "colorTextBase": INK,
        "borderRadius": 8,
        "fontFamily": "Inter, Helvetica, Arial, 'Noto Sans CJK JP', 'Noto Color Emoji', sans-serif",
        "fontFamilyCode": "'IBM Plex Mono', 'Courier New', monospace",
    },
}
COLOURS = {
    "id": SCHEME,
    "label": NAME,
    "description": "The sea, the sand and what lies between",
    "isDefault": True,
    "colors": PALETTE,
}
# From what is hardly there to what is most, for the cells of a heat map.
DEPTHS = {
    "id": "tidemark_depths",
    "label": "Depths",
    "description": "From the beach into the sea",
    "isDiverging": False,
    "isDefault": False,
    "colors": ["#f3f9fa", "#d3e8eb", "#a3cdd3", "#6dafb8"],
}
