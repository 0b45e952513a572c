//! 行业: the words of trade at the end of a name's body.

use std::sync::LazyLock;

use crate::dictionary::WordList;

/// Words that say what a firm does. Two to five characters; several may follow one another (新材料 科技). A plain list
/// is enough: a word that is missing stays in the brand on both sides of a comparison.
const WORDS: &str = "
科技 技术 电子 电器 电气 机械 机电 设备 器材 仪器 仪表 模具 五金 工具 轴承 齿轮 弹簧 紧固件 标准件 阀门 管业 管道 水暖 洁具 卫浴
厨具 厨卫 灯具 照明 光电 光学 眼镜 文具 玩具 礼品 工艺品 工艺 美术 包装 印刷 纸业 纸品 造纸 塑料 塑胶 塑业 橡胶 橡塑 化工 化学
化纤 纤维 纺织 针织 针纺织品 服装 服饰 制衣 时装 童装 羊毛衫 家纺 纺织品 印染 染整 绣品 鞋业 箱包 皮革 皮具 家具 家居 木业 木制品
竹木 建材 水泥 混凝土 商品混凝土 石材 玻璃 陶瓷 钢铁 钢管 钢材 金属 金属制品 金属材料 有色金属 铝业 铜业 不锈钢 不锈钢制品 铸造 锻造
冶金 热处理 表面处理 电镀 涂装 涂料 油漆 汽车 汽配 汽车零部件 汽车部件 汽车配件 零部件 配件 部件 摩托车 自行车 电动车 船舶 造船 船务
船业 海运 航运 航空 物流 运输 货运 客运 快递 速递 快运 仓储 货运代理 国际货运代理 供应链 供应链管理 港口 港务 码头 装卸 配送 公交
出租汽车 汽车服务 汽车销售 汽车维修 汽车修理 汽车租赁 食品 饮料 酒业 茶业 茶叶 粮油 农业 农产品 农业科技 农业开发 生态农业 林业
园林 园艺 花木 绿化 园林绿化 畜牧 养殖 水产 水产品 渔业 海洋 饲料 肥料 种业 农资 生物 生物科技 生物技术 医药 制药 药业 医疗
医疗器械 器械 医疗科技 健康 健康管理 养老 养老服务 护理 康复 美容 美发 美容美发 化妆品 日用品 日化 洗涤 保洁 家政 家政服务
贸易 国际贸易 进出口 商贸 工贸 实业 实业发展 发展 开发 投资 投资管理 投资咨询 资产管理 股权投资 创业投资 控股 金融 金融服务 融资租赁
租赁 担保 典当 小额贷款 保险 保险代理 保险经纪 证券 期货 银行 农村商业银行 村镇银行 财产保险 人寿保险 房地产 房地产开发 置业 房产
房产中介 房地产经纪 物业 物业管理 物业服务 建筑 建设 建设工程 建筑工程 工程 市政 市政工程 路桥 路桥工程 公路 水利 水利工程 水务
自来水 给排水 环保 环保科技 环境 环境科技 环境工程 环境技术 节能 节能科技 新能源 新能源科技 能源 能源科技 电力 电力工程 电力设备
电力科技 供电 热电 燃气 天然气 石油 石化 燃料 加油站 煤炭 矿业 矿产 装饰 装饰工程 装饰装修 装潢 装修 幕墙 门窗 门业 钢结构 防水
消防 消防工程 安防 安装 安装工程 机电安装 勘察 测绘 设计 规划设计 建筑设计 工业设计 监理 工程管理 造价咨询 工程咨询 咨询 管理咨询
企业管理 企业管理咨询 企业管理服务 商务咨询 商务 商务服务 商业管理 商业 商业运营 运营管理 管理 服务 信息 信息科技 信息技术 信息咨询
网络 网络科技 网络技术 软件 软件开发 软件科技 计算机 电脑 数码 数字科技 智能 智能科技 智能装备 智能制造 装备 装备制造 自动化
自动化科技 自动化设备 机器人 物联网 大数据 云计算 通信 通讯 通信科技 通讯设备 电信 广播电视 传媒 文化传媒 文化 文化传播 文化创意
文化艺术 文化发展 影视 影视文化 广告 广告传媒 会展 展览 策划 品牌管理 体育 体育文化 体育发展 体育用品 健身 旅游 旅行社 旅游开发
国际旅行社 酒店 大酒店 饭店 宾馆 酒店管理 餐饮 餐饮管理 餐饮服务 娱乐 超市 商场 百货 购物中心 连锁 药店 大药房 药房 便利店
电子商务 电商 教育 教育科技 教育咨询 教育培训 培训 职业培训 幼儿园 托育 早教 学校 小学 中学 高级中学 大学 学院 职业技术学院 医院
门诊部 诊所 口腔 眼科 卫生院 卫生服务中心 体检 劳务 劳务派遣 劳务服务 人力资源 人力资源服务 人才服务 服务外包 外包服务 外包 保安
保安服务 法律服务 律师 会计师 税务师 会计 财务咨询 财务管理 税务 代理 代理记账 知识产权 知识产权代理 专利 检测 检测技术 检验 检验检测
认证 计量 材料 新材料 新材料科技 材料科技 复合材料 磁业 磁材 磁性材料 电缆 电线 电线电缆 线缆 电源 电池 电机 电动工具 电声 电梯
压缩机 液压 气动 泵业 水泵 密封件 密封 传动 数控 机床 机械制造 机械设备 机械科技 精密机械 精密 制造 制品 加工 用品 户外用品 户外
办公用品 办公设备 宠物用品 婴童用品 母婴用品 卫生用品 消毒 电器配件 小家电 家用电器 制冷 制冷设备 空调 冷链 冷链物流 保鲜 冷冻
冷冻食品 水果 果业 蔬菜 果蔬 茶 禽业 蛋品 肉类 肉制品 屠宰 烘焙 糕点 副食品 调味品 食用菌 粮食 米业 面粉 生鲜 生活超市 再生资源
废旧物资 物资 回收 物资回收 产业 产业园 科技园 孵化器 创业服务 众创空间 产业发展 城市建设 城市开发 交通 交通建设 交通投资
交通工程 轨道交通 停车 停车管理 地铁 铁路 机场 汽车客运 客运站 邮政 报业 出版 书店 新华书店 图书 音像 乐器 珠宝 首饰 钟表 烟草
盐业 供销 供销社 市场 市场管理 市场经营 农贸市场 批发市场 批发 零售 销售 经销 经营 烟花爆竹 民爆 救援 安全科技 安全技术 应急 无人机
卫星 航天 半导体 集成电路 微电子 芯片 显示 激光 传感 传感器 电路 线路板 元件 元器件 电子元件 电子科技 电子技术 光伏 太阳能 风电
储能 充电 氢能 核电 防腐 保温 耐火材料 耐火 磨料 磨具 刀具 量具 焊接 焊割 铸件 压铸 冲压 冲件 钣金 丝网 链条 锁业 拉链 钮扣 饰品
辅料 衬布 线业 毛纺 棉纺 丝绸 无纺布 非织造布 帐篷 伞业 帽业 袜业 内衣 毛绒 制罐 容器 瓶业 纸箱 彩印 标牌 胶粘 胶带 薄膜 膜业
";

/// Brands that say nothing without their division: 宁海县人民医院.
const GENERIC: &str = "
人民 中心 第一 第二 第三 第四 第五 第六 第七 第八 第九 第十 第一人民 第二人民 第三人民 中医 妇幼保健 妇女儿童 实验 职业 职业技术 职业教育
城市 农村 城乡 城关 市 县 区 公共 公用 机关 民生 中西医结合 疾病预防控制 外国语 开放 广播电视 新闻 社会福利 残疾人 老年
";

static TRADES: LazyLock<WordList<()>> =
    LazyLock::new(|| WordList::by_end(WORDS.split_whitespace().map(|word| (word, ()))));

static GENERICS: LazyLock<WordList<()>> =
    LazyLock::new(|| WordList::by_end(GENERIC.split_whitespace().map(|word| (word, ()))));

/// Where the words of trade at the end of a body begin. A brand keeps at least two characters, unless the whole body
/// is one word of trade (宁波银行 without 宁波).
pub(super) fn start_of_trade(body: &str) -> usize {
    let mut start = body.len();
    loop {
        let before = &body[..start];
        let word = TRADES.all_in(before).find(|(word, ())| {
            let brand = &before[..before.len() - word.len()];
            (brand.is_empty() && start == body.len()) || brand.chars().nth(1).is_some()
        });
        match word {
            Some((word, ())) => start -= word.len(),
            None => return start,
        }
    }
}

/// Whether a brand needs its division to mean anything: it consists of words such as 第一 and 人民 alone.
pub(super) fn is_generic(brand: &str) -> bool {
    let mut rest = brand;
    while let Some((word, ())) = GENERICS.longest_in(rest) {
        rest = &rest[..rest.len() - word.len()];
    }
    rest.is_empty()
}
