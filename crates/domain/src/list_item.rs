//! Items of the three lists (核实、任务、工作清单).
