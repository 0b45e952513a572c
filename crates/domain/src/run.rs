//! 比对运行: the states of a run.

use crate::list_item::coded;
use serde::{Deserialize, Serialize};

coded! {
    /// Where a run stands.
    RunState {
        Running = "running", "进行中";
        Finished = "finished", "已完成";
        Failed = "failed", "失败";
    }
}

/// What a run that a crash or a stop left behind is told to say.
pub const INTERRUPTED: &str = "运行中断：程序在比对过程中停止，未写入任何结果，重新运行即可";
