// The one entry point of every page; each module attaches itself to the attributes it knows.
import "./toast.js";
import "./htmx-setup.js";
import "./confirm.js";
import "./shortcuts.js";
import "./unsaved.js";
import "./forms.js";
