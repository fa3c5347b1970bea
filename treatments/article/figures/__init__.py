"""Numbers of a document to the geometry of its figures. Templates in treatments/figures/ draw them.

Horizontal positions are percentages of the figure's width, so that a drawing fits any screen while its text keeps
its size. Each figure says in words what it draws.
"""
