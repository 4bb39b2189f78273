import type { MirrorPartition } from './mirror-partition.ts'

/** Connections to each leader: a broker works on one request of a connection after the other, and on those of several side by side. */
const lanes = 4
/** What a connection has under way before the next is used: one request for many partitions costs less than several. */
const fewBytes = 512 * 1024
/** By how much more its connection must have under way, of others, than another before a partition goes over: it stands still for that. */
const muchBytes = 1024 * 1024

/** On which connection what is sent. The batches of a partition are in order on one connection, so that it goes over to another when nothing of it is under way. */
export class AppendLanes {
  /** Bytes under way, by leader and lane. */
  readonly #bytes = new Map<number, number[]>()
  /** Where partitions have batches under way, and how many bytes. */
  readonly #held = new Map<MirrorPartition, { readonly lane: number; bytes: number }>()

  /** For the partition's next batch; undefined when it has to wait until what was sent of it is answered. */
  laneFor(partition: MirrorPartition): number | undefined {
    const bytes = this.#of(partition.destinationLeader)
    const held = this.#held.get(partition)
    const least = Math.min(...bytes)
    if (held !== undefined) return (bytes[held.lane] ?? 0) - held.bytes - least > muchBytes ? undefined : held.lane
    const free = bytes.findIndex((one) => one < fewBytes)
    return free === -1 ? bytes.indexOf(least) : free
  }

  /** The batch is sent on it. Returns what is to be called when it is under way no more. */
  hold(partition: MirrorPartition, lane: number, size: number): () => void {
    const bytes = this.#of(partition.destinationLeader)
    const held = this.#held.get(partition) ?? { lane, bytes: 0 }
    this.#held.set(partition, held)
    held.bytes += size
    bytes[lane] = (bytes[lane] ?? 0) + size
    return () => {
      held.bytes -= size
      bytes[lane] = (bytes[lane] ?? 0) - size
      if (held.bytes === 0) this.#held.delete(partition)
    }
  }

  #of(leader: number): number[] {
    const known = this.#bytes.get(leader) ?? Array.from({ length: lanes }, () => 0)
    this.#bytes.set(leader, known)
    return known
  }
}
