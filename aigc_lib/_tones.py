"""The tones of figures and diagrams; `plots` shows them to users."""

# Figures lie on a white page or on a dark one: each tone stands out from both.
# The first four are of Okabe & Ito's palette, told apart by colour-blind readers,
# https://jfly.uni-koeln.de/color/; its yellow and sky blue fade on white, so two others follow.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#8C50F0", "#F00050")
INK = "#767B82"  # texts, axes, lines to compare with: 4.2 : 1 on both, the most that one tone gets
