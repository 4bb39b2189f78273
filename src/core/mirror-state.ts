/** Why a mirror may be written to by everyone. */
export type StoppedBy = 'promote' | 'failover'

/**
 * A mirror's state.
 *
 * - PENDING: it is being created, or rebuilt; nothing is promised yet.
 * - ACTIVE: a runner may append; every record stands at its source's offset; only georep may write.
 * - PAUSED: as ACTIVE, and nothing is appended.
 * - SOURCE_UNAVAILABLE: as ACTIVE; the runner does not reach the source.
 * - PENDING_STOPPED: it is being stopped; no runner starts to append again, one that was appending may not be fenced yet.
 * - STOPPED: the brokers refuse every runner; the topic is open for writes.
 * - FAILED: it cannot go on without leaving the source's offsets; nothing is appended.
 */
export type MirrorState =
  | { readonly state: 'PENDING'; readonly phase: string }
  | { readonly state: 'ACTIVE' }
  | { readonly state: 'PAUSED' }
  | { readonly state: 'SOURCE_UNAVAILABLE' }
  | { readonly state: 'PENDING_STOPPED'; readonly by: StoppedBy }
  | { readonly state: 'STOPPED'; readonly stoppedBy: StoppedBy }
  | { readonly state: 'FAILED'; readonly reason: string }

export type MirrorStateName = MirrorState['state']

export const mirrorStateNames = [
  'PENDING',
  'ACTIVE',
  'PAUSED',
  'SOURCE_UNAVAILABLE',
  'PENDING_STOPPED',
  'STOPPED',
  'FAILED',
] as const satisfies readonly MirrorStateName[]

export type MirrorEvent =
  | 'created'
  | 'pause'
  | 'resume'
  | 'sourceLost'
  | 'sourceBack'
  | 'broken'
  | 'failover'
  | 'promote'
  | 'withdrawn'
  | 'fenced'
  | 'rebuild'

export const mirrorEvents = [
  'created',
  'pause',
  'resume',
  'sourceLost',
  'sourceBack',
  'broken',
  'failover',
  'promote',
  'withdrawn',
  'fenced',
  'rebuild',
] as const satisfies readonly MirrorEvent[]

interface MirrorTransition {
  readonly from: MirrorStateName
  readonly on: MirrorEvent
  readonly to: MirrorStateName
  readonly because: string
}

/** One table for the code, the documentation and the refusals. Failover is allowed from every state but STOPPED. */
export const mirrorTransitions = [
  {
    from: 'PENDING',
    on: 'created',
    to: 'ACTIVE',
    because: 'the mirror topic exists, and is empty or holds what its source does',
  },
  { from: 'ACTIVE', on: 'pause', to: 'PAUSED', because: 'the operator pauses the mirror, or its link' },
  { from: 'SOURCE_UNAVAILABLE', on: 'pause', to: 'PAUSED', because: 'the operator pauses the mirror, or its link' },
  { from: 'PAUSED', on: 'resume', to: 'ACTIVE', because: 'the operator resumes it; it goes on where it stopped' },
  { from: 'ACTIVE', on: 'sourceLost', to: 'SOURCE_UNAVAILABLE', because: 'the runner does not reach the source' },
  { from: 'SOURCE_UNAVAILABLE', on: 'sourceBack', to: 'ACTIVE', because: 'the runner reaches the source again' },
  { from: 'ACTIVE', on: 'broken', to: 'FAILED', because: 'the next record cannot stand at its source offset' },
  {
    from: 'SOURCE_UNAVAILABLE',
    on: 'broken',
    to: 'FAILED',
    because: 'the next record cannot stand at its source offset',
  },
  { from: 'PENDING', on: 'failover', to: 'PENDING_STOPPED', because: 'the operator fails over' },
  { from: 'ACTIVE', on: 'failover', to: 'PENDING_STOPPED', because: 'the operator fails over' },
  { from: 'PAUSED', on: 'failover', to: 'PENDING_STOPPED', because: 'the operator fails over' },
  { from: 'SOURCE_UNAVAILABLE', on: 'failover', to: 'PENDING_STOPPED', because: 'the operator fails over' },
  { from: 'FAILED', on: 'failover', to: 'PENDING_STOPPED', because: 'the operator fails over' },
  { from: 'PENDING_STOPPED', on: 'failover', to: 'PENDING_STOPPED', because: 'an interrupted failover goes on' },
  {
    from: 'ACTIVE',
    on: 'promote',
    to: 'PENDING_STOPPED',
    because: 'the mirror has drained, and is about to be stopped',
  },
  { from: 'PENDING_STOPPED', on: 'promote', to: 'PENDING_STOPPED', because: 'an interrupted promote goes on' },
  {
    from: 'PENDING_STOPPED',
    on: 'withdrawn',
    to: 'ACTIVE',
    because: 'a promote ends before the destination is fenced',
  },
  { from: 'PENDING_STOPPED', on: 'fenced', to: 'STOPPED', because: 'the brokers refuse every runner' },
  { from: 'FAILED', on: 'rebuild', to: 'PENDING', because: 'its topic is to be made anew from the source' },
  { from: 'ACTIVE', on: 'rebuild', to: 'PENDING', because: 'its topic is to be made anew from the source' },
  { from: 'PAUSED', on: 'rebuild', to: 'PENDING', because: 'its topic is to be made anew from the source' },
  { from: 'PENDING', on: 'rebuild', to: 'PENDING', because: 'an interrupted rebuild goes on' },
] as const satisfies readonly MirrorTransition[]

/** The state after `on`, or undefined when the table has no such row. */
export function nextMirrorState(from: MirrorStateName, on: MirrorEvent): MirrorStateName | undefined {
  return mirrorTransitions.find((row) => row.from === from && row.on === on)?.to
}
