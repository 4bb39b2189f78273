/** By what the internal topics of one MirrorMaker 2 flow are called. */
export interface FlowNames {
  readonly sourceAlias: string
  readonly targetAlias: string
  /** Of internal topics: "." unless `replication.policy.separator` counts for these, too. */
  readonly separator: string
  /** `offset-syncs.topic.location` */
  readonly syncsOn: 'source' | 'target'
}

/** On the source it is named after the target, and the other way. */
export function offsetSyncsTopic({ sourceAlias, targetAlias, separator, syncsOn }: FlowNames): string {
  return ['mm2-offset-syncs', syncsOn === 'source' ? targetAlias : sourceAlias, 'internal'].join(separator)
}

/** On the target, wherever the syncs are. */
export function checkpointsTopic({ sourceAlias, separator }: FlowNames): string {
  return [sourceAlias, 'checkpoints', 'internal'].join(separator)
}
