/** Links, mirrors, heartbeats and locks, on the destination cluster of the link: it survives the loss of the source and of the operator's machine. state.ts reads it. */
export const stateTopic = '__georep'
export const statePartition = { topic: stateTopic, partition: 0 } as const
