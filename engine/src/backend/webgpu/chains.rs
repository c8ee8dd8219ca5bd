//! Which operations one dispatch computes, and which values lie side by side in one buffer. Nothing here touches a GPU.
//!
//! A dispatch begins with an operation that computes something, its head, and ends with what becomes of that as long as nothing
//! else reads it: its tail, as `finish` in `stored.wgsl` has room for. What follows a concatenation becomes a part of the tails of
//! all that it puts side by side.

use super::layout::{Layout, NONE};
use super::lower::QUAD;
use super::step;
use crate::graph::op::{BatchNorm, Concat, Epilogue, Linear, Op, Weight};
use crate::graph::{Activation, Graph, NodeId, ParamId, Shape};

/// The graph and who reads what.
#[derive(Debug)]
pub(super) struct Readers<'a> {
    pub(super) graph: &'a Graph,
    /// For each node, who reads it.
    pub(super) of: Vec<Vec<NodeId>>,
    /// Values that must exist.
    kept: Vec<NodeId>,
    /// See [`super::lower::Options::tiles`].
    pub(super) tiles: bool,
}

/// How a value meets a result, as `Joined` in `stored.wgsl` numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum How {
    Added = 1,
    Multiplied = 2,
    Averaged = 3,
}

/// A value that meets a result.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meeting {
    pub(super) how: How,
    /// The node at which it does.
    pub(super) at: NodeId,
    /// The value.
    pub(super) with: NodeId,
}

/// What becomes of what a dispatch computes, in this order.
#[derive(Clone, Debug)]
pub(super) struct Tail {
    /// The node whose value it has become in the end, up to a concatenation.
    pub(super) end: NodeId,
    /// A normalisation that moves into filters and biases.
    pub(super) norm: Option<NodeId>,
    pub(super) activation: Activation,
    pub(super) a: Option<Meeting>,
    /// The node whose value others read at this point.
    pub(super) raw: Option<NodeId>,
    pub(super) b: Option<Meeting>,
    pub(super) affine: Option<NodeId>,
    pub(super) slope: Option<(NodeId, ParamId)>,
    pub(super) last: Activation,
    stage: Stage,
    head: Head,
}

/// The steps of a tail that have something in them so far, up to this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Sum,
    Activation,
    A,
    Raw,
    B,
    Affine,
    Slope,
    Last,
}

/// What a tail must know of its head.
#[derive(Clone, Copy, Debug)]
struct Head {
    /// Whether its numbers can be scaled beforehand.
    scales: bool,
    /// Whether it reads a further value itself.
    has_other: bool,
}

/// What begins a dispatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begins {
    /// With room for a tail; whether its filters can be scaled beforehand, and whether it reads a further value.
    Stored { scales: bool, has_other: bool },
    /// With nothing before it: the operation is a tail's.
    Tail,
    /// Without room for a tail, or no dispatch at all.
    Alone,
}

/// Where everything lies.
#[derive(Debug)]
pub(super) struct Layouts {
    /// The channels of every value, from the first of its own quads on.
    pub(super) of: Vec<Layout>,
    /// For each concatenation, in which quads its inputs begin.
    pub(super) starts: Vec<Vec<usize>>,
    /// For each linear layer that computes filters in the order in which their reader wants them, that order.
    pub(super) filters: Vec<Option<Vec<u32>>>,
}

/// What is computed when.
#[derive(Debug)]
pub(super) struct Chains {
    /// For each node the operation whose turn it is there; none where another one's dispatch computes it.
    pub(super) turns: Vec<Option<NodeId>>,
    /// For each head its tail.
    pub(super) tails: Vec<Option<Tail>>,
    /// Whether another one computes a node from what it reads.
    pub(super) absorbed: Vec<bool>,
    /// For each concatenation the node whose value it has become in the end.
    pub(super) ends: Vec<NodeId>,
    /// For each concatenation, the heads whose turn is with it.
    pub(super) deferred: Vec<Vec<NodeId>>,
    /// For each value the concatenation in whose place it is computed, and as which of its inputs.
    pub(super) homes: Vec<Option<(NodeId, usize)>>,
    /// For each node in a tail, which of its inputs the tail comes from.
    spine: Vec<usize>,
}

impl<'a> Readers<'a> {
    pub(super) fn new(graph: &'a Graph, keep: &[String], tiles: bool) -> Self {
        let kept = graph.stages.iter().filter(|stage| keep.contains(&stage.name)).map(|stage| stage.value);
        Self { graph, of: graph.readers(), kept: kept.collect(), tiles }
    }

    /// The only reader of a value that need not exist.
    fn only(&self, id: NodeId) -> Option<NodeId> {
        match self.of[id.0].as_slice() {
            [reader] if !self.is_kept(id) => Some(*reader),
            _ => None,
        }
    }

    /// Whether a value must exist.
    fn is_kept(&self, id: NodeId) -> bool {
        self.kept.contains(&id)
    }

    /// Inputs of a node.
    pub(super) fn inputs(&self, id: NodeId) -> &'a [NodeId] {
        &self.graph.node(id).inputs
    }

    /// The shape of a value.
    pub(super) fn shape(&self, id: NodeId) -> Shape {
        self.graph.node(id).shape
    }

    /// Whether a node's dispatch computes an input along the way.
    pub(super) fn is_absorbed(&self, id: NodeId) -> bool {
        self.only(id).is_some_and(|reader| step::absorbs(&self.graph.node(reader).op, self, reader, id))
    }
}

impl Tail {
    /// That of a node whose numbers nothing has been done to.
    fn new(end: NodeId, head: Head) -> Self {
        let none = Activation::Identity;
        Self {
            end,
            norm: None,
            activation: none,
            a: None,
            raw: None,
            b: None,
            affine: None,
            slope: None,
            last: none,
            stage: Stage::Sum,
            head,
        }
    }

    fn activate(&mut self, activation: Activation) -> bool {
        if activation == Activation::Identity {
            return true;
        }
        if self.stage == Stage::Sum {
            (self.activation, self.stage) = (activation, Stage::Activation);
        } else if self.stage < Stage::Last {
            (self.last, self.stage) = (activation, Stage::Last);
        } else {
            return false;
        }
        true
    }

    fn prelu(&mut self, at: NodeId, slope: ParamId) -> bool {
        let has_room = self.stage < Stage::Slope;
        if has_room {
            (self.slope, self.stage) = (Some((at, slope)), Stage::Slope);
        }
        has_room
    }

    fn normalise(&mut self, at: NodeId, norm: &BatchNorm) -> bool {
        if self.stage == Stage::Sum && self.head.scales && self.norm.is_none() {
            self.norm = Some(at);
        } else if self.stage < Stage::Affine {
            (self.affine, self.stage) = (Some(at), Stage::Affine);
        } else {
            return false;
        }
        norm.slope.is_none_or(|slope| self.prelu(at, slope)) && self.activate(norm.activation)
    }

    fn meet(&mut self, meeting: Meeting) -> bool {
        if self.stage < Stage::A {
            (self.a, self.stage) = (Some(meeting), Stage::A);
        } else if self.stage < Stage::B && !self.head.has_other {
            (self.b, self.stage) = (Some(meeting), Stage::B);
        } else {
            return false;
        }
        true
    }

    /// Lets others read what there is so far.
    fn show(&mut self, value: NodeId) -> bool {
        let has_room = self.stage < Stage::Raw;
        if has_room {
            (self.raw, self.stage) = (Some(value), Stage::Raw);
        }
        has_room
    }

    /// Appends a node that reads this as its input number `spine`; or says that there is no room.
    fn append(&mut self, at: &Readers<'_>, id: NodeId, spine: usize) -> bool {
        let node = at.graph.node(id);
        let other = node.inputs.get(1 - spine.min(1)).copied();
        match (&node.op, other) {
            (Op::Activate(activate), _) => self.activate(activate.0),
            (Op::Prelu(prelu), _) => self.prelu(id, prelu.slope),
            (Op::BatchNorm(norm), _) => self.normalise(id, norm),
            (Op::Add(add), Some(with)) => {
                let how = if add.is_mean { How::Averaged } else { How::Added };
                self.meet(Meeting { how, at: id, with }) && self.activate(add.activation)
            }
            (Op::Scale(_), Some(with)) if at.shape(node.inputs[spine]) == node.shape => {
                self.meet(Meeting { how: How::Multiplied, at: id, with })
            }
            _ => false,
        }
    }

    /// What it meets.
    fn met(&self) -> impl Iterator<Item = NodeId> {
        [self.a, self.b].into_iter().flatten().map(|meeting| meeting.with)
    }
}

/// Whether an operation gives all channels of what it reads, in another order.
fn is_permutation(op: &Op, channels: usize) -> bool {
    let Op::Channels(map) = op else { return false };
    map.0.len() == channels && Layout::dense(channels).mapped(&map.0).is_injective()
}

impl Chains {
    pub(super) fn new(at: &Readers<'_>) -> Self {
        let nodes = at.graph.nodes.len();
        let all = || (0..nodes).map(NodeId);
        let mut chains = Self {
            turns: all().map(Some).collect(),
            tails: vec![None; nodes],
            absorbed: all().map(|id| at.is_absorbed(id)).collect(),
            ends: all().collect(),
            deferred: vec![Vec::new(); nodes],
            homes: vec![None; nodes],
            spine: vec![0; nodes],
        };
        for id in all().filter(|id| chains.absorbed[id.0]) {
            chains.turns[id.0] = None;
        }
        // What computes goes before what only ends a computation, for that becomes a part of it; where two values meet, a part of
        // the later one, for then the other is there.
        all().rev().for_each(|id| chains.follow_head(at, id, false));
        all().for_each(|id| chains.follow_concat(at, id));
        all().for_each(|id| chains.follow_head(at, id, true));
        all().for_each(|id| chains.dissolve_gate(at, id));
        chains.find_homes(at);
        chains
    }

    /// Lets what follows a node move into its tail, if it is a head: of those without or with something before their tails.
    fn follow_head(&mut self, at: &Readers<'_>, id: NodeId, is_tail: bool) {
        let node = at.graph.node(id);
        let begins = step::begins(&node.op, at, id);
        if self.turns[id.0] != Some(id) || self.tails[id.0].is_some() || is_tail != (begins == Begins::Tail) {
            return;
        }
        let mut tail = match begins {
            Begins::Alone => return,
            Begins::Tail => Tail::new(id, Head { scales: false, has_other: false }),
            Begins::Stored { scales, has_other } => Tail::new(id, Head { scales, has_other }),
        };
        let (epilogue, residual) = match &node.op {
            Op::Conv(conv) => (conv.epilogue, conv.residual_input()),
            Op::Linear(linear) => (linear.epilogue, linear.epilogue.residual.then_some(1)),
            _ => (Epilogue::NONE, None),
        };
        // What the passes have folded comes before.
        tail.head.scales &= epilogue.norm.is_none();
        tail.activate(epilogue.activation);
        if let Some(input) = residual {
            tail.meet(Meeting { how: How::Added, at: id, with: node.inputs[input] });
        }
        if is_tail {
            tail.append(at, id, 0);
        }
        let (tails, links) = self.follow(at, id, vec![tail]);
        let Some(tail) = tails.into_iter().next() else { return };
        self.link(&links);
        self.turns[id.0] = None;
        self.turns[tail.end.0] = Some(id);
        self.tails[id.0] = Some(tail);
    }

    /// What follows a node with room in all of these tails, with the inputs as which they read; and the tails with it.
    fn follow(
        &self,
        at: &Readers<'_>,
        id: NodeId,
        mut tails: Vec<Tail>,
    ) -> (Vec<Tail>, Vec<(NodeId, usize)>) {
        let (mut links, mut waiting) = (Vec::new(), Vec::new());
        let mut last = id;
        while let Some(reader) = at.only(last) {
            let op = &at.graph.node(reader).op;
            let spine = at.inputs(reader).iter().position(|input| *input == last).unwrap_or(0);
            waiting.push((reader, spine));
            // Some other one's dispatch may compute it, or another chain.
            if !self.is_open(reader) {
                break;
            }
            if !is_permutation(op, at.shape(last).channels()) {
                let mut longer = tails.clone();
                if !longer.iter_mut().all(|tail| tail.append(at, reader, spine)) {
                    break;
                }
                longer.iter_mut().for_each(|tail| tail.end = reader);
                tails = longer;
                links.append(&mut waiting);
            }
            last = reader;
        }
        (tails, links)
    }

    /// Whether a node is no part of a chain yet. What its reader could compute along the way, a tail computes as well.
    fn is_open(&self, id: NodeId) -> bool {
        self.tails[id.0].is_none() && (self.turns[id.0] == Some(id) || self.absorbed[id.0])
    }

    /// Makes nodes parts of tails.
    fn link(&mut self, links: &[(NodeId, usize)]) {
        for (link, spine) in links {
            self.turns[link.0] = None;
            self.absorbed[link.0] = false;
            self.spine[link.0] = *spine;
        }
    }

    /// Lets what follows a concatenation move into what it puts side by side.
    fn follow_concat(&mut self, at: &Readers<'_>, id: NodeId) {
        let Op::Concat(concat) = &at.graph.node(id).op else { return };
        let Some(parts) = self.parts(at, id, concat) else { return };
        let (tails, links) = self.follow(at, id, parts.iter().map(|(_, tail)| tail.clone()).collect());
        let Some((end, _)) = links.last().copied() else { return };
        // What others read exists before the concatenation's turn, and so must what it meets.
        let is_early = |tail: &Tail, value: NodeId| tail.met().all(|with| with.0 < value.0);
        let inputs = at.inputs(id);
        let is_possible =
            tails.iter().zip(inputs).all(|(tail, value)| tail.raw.is_none() || is_early(tail, *value));
        if !is_possible {
            return;
        }
        for (i, ((head, own), tail)) in parts.into_iter().zip(tails).enumerate() {
            let value = own.end;
            self.homes[value.0] = Some((id, i));
            if !is_early(&tail, value) {
                self.turns[value.0] = None;
                self.deferred[id.0].push(head);
            }
            self.tails[head.0] = Some(Tail { end: value, ..tail });
        }
        self.link(&links);
        self.turns[id.0] = None;
        self.turns[end.0] = Some(id);
        self.ends[id.0] = end;
    }

    /// The heads whose values a concatenation puts side by side, with their tails, if something can be appended to all of them.
    fn parts(&self, at: &Readers<'_>, id: NodeId, concat: &Concat) -> Option<Vec<(NodeId, Tail)>> {
        let inputs = at.inputs(id);
        let part = |(i, value): (usize, &NodeId)| {
            let head = self.turns[value.0]?;
            let mut tail = self.tails[head.0].clone()?;
            let is_once = inputs.iter().filter(|input| *input == value).count() == 1;
            let is_free = concat.gather(i).is_none() && is_once && self.homes[value.0].is_none();
            let is_read_here_only = at.only(*value).is_some();
            (is_free && (is_read_here_only || tail.show(*value))).then_some((head, tail))
        };
        inputs.iter().enumerate().map(part).collect()
    }

    /// Lets all that read a map that a vector gates gate it themselves, if all can.
    fn dissolve_gate(&mut self, at: &Readers<'_>, id: NodeId) {
        let node = at.graph.node(id);
        let is_gate = matches!(node.op, Op::Scale(_)) && at.shape(node.inputs[1]).positions() == 1;
        let is_bare = self.tails[id.0].as_ref().is_some_and(|tail| tail.end == id);
        if !is_gate || !is_bare || at.is_kept(id) || self.homes[id.0].is_some() {
            return;
        }
        let has_room = |head: NodeId| {
            self.tails[head.0].as_ref().is_some_and(|tail| tail.b.is_none() && !tail.head.has_other)
        };
        let gates = |reader: &NodeId| {
            let inputs = at.inputs(*reader);
            let is_once = inputs.iter().filter(|input| **input == id).count() == 1;
            let is_operand = inputs[0] == id && step::absorbs(&at.graph.node(*reader).op, at, *reader, id);
            let is_met = self.tails[reader.0]
                .as_ref()
                .and_then(|tail| tail.a)
                .is_some_and(|met| met.with == id && met.at == *reader && met.how == How::Added);
            is_once && has_room(*reader) && (is_operand || is_met)
        };
        if at.of[id.0].is_empty() || !at.of[id.0].iter().all(gates) {
            return;
        }
        self.absorbed[id.0] = true;
        self.turns[id.0] = None;
        self.tails[id.0] = None;
        for reader in &at.of[id.0] {
            if let Some(tail) = &mut self.tails[reader.0] {
                tail.head.has_other = true;
            }
        }
    }

    /// Says which values are computed where a concatenation wants them, the largest concatenations first.
    fn find_homes(&mut self, at: &Readers<'_>) {
        for (id, node) in at.graph.iter().collect::<Vec<_>>().into_iter().rev() {
            if !self.is_concat(at, id) {
                continue;
            }
            for (i, value) in node.inputs.iter().enumerate() {
                let is_stored = self.turns[value.0]
                    .is_some_and(|turn| self.tails[turn.0].is_some() || self.is_concat(at, turn));
                if is_stored && self.homes[value.0].is_none() {
                    self.homes[value.0] = Some((id, i));
                }
            }
        }
    }

    fn is_concat(&self, at: &Readers<'_>, id: NodeId) -> bool {
        matches!(at.graph.node(id).op, Op::Concat(_))
    }

    /// Where everything lies.
    pub(super) fn layouts(&self, at: &Readers<'_>) -> Layouts {
        let mut layouts: Vec<Layout> = Vec::with_capacity(at.graph.nodes.len());
        let mut starts = vec![Vec::new(); at.graph.nodes.len()];
        let mut filters = vec![None; at.graph.nodes.len()];
        for (id, node) in at.graph.iter() {
            let dense = Layout::dense(node.shape.channels());
            let layout = match &node.op {
                Op::Channels(map) => layouts[node.inputs[0].0].mapped(&map.0),
                Op::Unfold(_) | Op::Fold(_) => layouts[node.inputs[0].0].clone(),
                Op::Concat(concat) => {
                    let part = |(i, input): (usize, &NodeId)| {
                        let layout = &layouts[input.0];
                        match concat.gather(i) {
                            _ if self.homes[input.0] != Some((id, i)) => {
                                Layout::dense(concat.channels(i, at.shape(*input)))
                            }
                            None => layout.clone(),
                            Some(map) => layout.mapped(map),
                        }
                    };
                    let parts: Vec<Layout> = node.inputs.iter().enumerate().map(part).collect();
                    let mut quads = 0;
                    starts[id.0].extend(parts.iter().map(|part| {
                        quads += part.quads;
                        quads - part.quads
                    }));
                    Layout::side_by_side(parts)
                }
                op if step::keeps_lanes(op, at, id) => {
                    let input = &layouts[node.inputs[self.spine[id.0]].0];
                    if input.is_injective() { input.compacted() } else { dense }
                }
                Op::Linear(linear) => match self.order_of_filters(at, id, linear, &layouts) {
                    Some((order, layout)) => {
                        filters[id.0] = Some(order);
                        layout
                    }
                    None => dense,
                },
                _ => dense,
            };
            layouts.push(layout);
        }
        Layouts { of: layouts, starts, filters }
    }

    /// The order in which a linear layer computes filters where a single convolution reads them, and where each number is then.
    fn order_of_filters(
        &self,
        at: &Readers<'_>,
        id: NodeId,
        linear: &Linear,
        layouts: &[Layout],
    ) -> Option<(Vec<u32>, Layout)> {
        let reader = at.only(id)?;
        let node = at.graph.node(reader);
        let Op::Conv(conv) = &node.op else { return None };
        let mut source = node.inputs[0];
        if self.absorbed[source.0] {
            source = at.inputs(source)[0];
        }
        // What is no number must remain zero.
        let is_bare = linear.epilogue.activation == Activation::Identity && !linear.epilogue.residual;
        let is_head =
            self.tails[id.0].as_ref().is_some_and(|tail| tail.end == id) && self.homes[id.0].is_none();
        if conv.weight != Weight::Computed || node.inputs[1] != id || !is_bare || !is_head {
            return None;
        }
        let order = step::order_of_computed(conv, layouts.get(source.0)?);
        let mut slots = vec![NONE; at.shape(id).channels()];
        for (place, number) in (0..).zip(&order).filter(|(_, number)| **number != NONE) {
            slots[*number as usize] = place;
        }
        let layout = Layout { quads: order.len() / QUAD, slots: slots.into() };
        (!layout.slots.contains(&NONE)).then_some((order, layout))
    }

    /// The concatenation in which a value lies that lies in no other one, or the value itself, and where in it.
    pub(super) fn root(&self, starts: &[Vec<usize>], value: NodeId) -> (NodeId, usize) {
        let (mut root, mut first) = (value, 0);
        while let Some((concat, i)) = self.homes[root.0] {
            first += starts[concat.0][i];
            root = self.ends[concat.0];
        }
        (root, first)
    }
}
