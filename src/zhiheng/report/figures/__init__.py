"""Figures as plain ECharts options, drawn by the browser and, for print, by the library."""
