/* What the map carries beside its layers, in the order of the rail: each a function of (map, layers, spec), called
   once the map is furnished and before the address is followed. A module is added by one import and one name here. */

import { addAsk } from "./ask.js";
import { addCompare } from "./compare.js";
import { addDraw } from "./draw.js";
import { addGapList } from "./gap_list.js";
import { addLayerTree } from "./layer-tree.js";
import { addMeasure } from "./measure.js";
import { addPointer } from "./pointer.js";
import { addSearch } from "./search.js";
import { addTakeaway } from "./takeaway.js";
import { addTheme } from "./theme.js";
import { addTimeline } from "./timeline.js";
import { addZoneTable } from "./zone_table.js";

export const PARTS = [
  addLayerTree, addTheme, addSearch, addPointer, addAsk, addDraw, addZoneTable, addGapList, addTimeline, addCompare,
  addMeasure, addTakeaway,
];
