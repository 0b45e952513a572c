//! Floor 3: the bulk job on DataFusion: linkage and targeting rules over the lake.
