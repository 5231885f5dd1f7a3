// The self-assessment of a unit. Each point is a form that saves itself; rows, files and moves are modules of their own.
import "./fill-save.js";
import "./fill-rows.js";
import "./fill-files.js";
import "./fill-move.js";
