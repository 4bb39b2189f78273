import { clusterRight, idRight } from '../../../core/acl.ts'
import { AbortMarkers } from '../../../kafka/abort-markers.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import type { Monotonic } from '../../../core/time.ts'
import { DeniedError, lacking } from '../../../kafka/denied.ts'
import { heldRights } from '../../../kafka/held-rights.ts'
import { clusterRights } from '../../../kafka/rights.ts'
import { transactionalId } from '../../../links/transactional-ids.ts'
import type { Cancel } from '../../engine.ts'

/**
 * What takes offsets up that no consumer is to see.
 *
 * - markers: markers that the runner orders, a thousand a request: whoever has Alter or ClusterAction on the cluster
 * - transactions: markers of aborted transactions, one a partition each: whoever may write to the link's transactional id for it
 */
export type HidingWay = 'markers' | 'transactions'

/**
 * A stretch that is longer is not hidden: it would hold the partition up for several minutes and more, and take 800 MB on every replica. A broker writes some 50,000 ordered
 * markers a second (`npm run bench:hide`); a transaction takes about 7 ms.
 */
export const mostHidden = { markers: 10_000_000n, transactions: 100_000n } as const satisfies Record<HidingWay, bigint>
/** What a hidden offset takes on each replica of a mirror, with its part of the indexes. */
export const hiddenOffsetBytes = 80n

/** A transaction that its runner left open has ended by then: its time-out, twice the ten seconds in which brokers look for such ones. */
const endedMs = 30_000

/** What our principal may do; undefined for nothing of the two. A cluster that does not tell of rights refuses nobody. */
export async function permittedHiding(
  destination: Cluster,
  link: string,
  options: Cancel,
): Promise<HidingWay | undefined> {
  const rights = await clusterRights(destination, options)
  if (rights === undefined || rights.has('Alter') || rights.has('ClusterAction')) return 'markers'
  const right = idRight('Write', transactionalId.hiding(link))
  const isHeld = await heldRights(destination, [right], options)
  return isHeld(right) === true ? 'transactions' : undefined
}

/**
 * How one runner hides offsets, and the transactional id that it holds for it: taken over before the first partition is positioned, so that no marker of the runner
 * before comes behind that, and before the link's state is read, so that whoever takes it over to stop a mirror has said so by then.
 */
export class Hiding {
  readonly way: HidingWay
  /** More offsets at once are not hidden. */
  readonly most: bigint
  readonly #destination: Cluster
  readonly #id: string
  readonly #isClaimed: boolean
  #markers: AbortMarkers | undefined
  #isReady: boolean
  readonly #monotonic: Monotonic
  readonly #beganMs: number

  /** @param options.wereTransactions some runner of the link has hidden offsets in transactions */
  constructor(options: {
    readonly destination: Cluster
    readonly link: string
    readonly way: HidingWay
    readonly wereTransactions: boolean
    readonly monotonic: Monotonic
  }) {
    this.way = options.way
    this.most = mostHidden[options.way]
    this.#destination = options.destination
    this.#id = transactionalId.hiding(options.link)
    this.#isClaimed = options.way === 'transactions' || options.wereTransactions
    this.#isReady = !this.#isClaimed
    this.#monotonic = options.monotonic
    this.#beganMs = options.monotonic()
  }

  /** Nothing that is not known of can come: partitions may be positioned. */
  get isReady(): boolean {
    return this.#isReady
  }

  /** Undefined while another has the id, or may have. */
  get markers(): AbortMarkers | undefined {
    return this.#isReady ? this.#markers : undefined
  }

  /**
   * Takes the id over unless it is held; to be called before the state is read. The result says that it was read.
   *
   * @throws DeniedError, BrokerError as `AbortMarkers.take`; where ordered markers hide offsets DeniedError for half a minute only
   */
  async claim(options: Cancel): Promise<() => void> {
    if (this.#isClaimed) this.#markers ??= await this.#take(options)
    const held = this.#markers
    return () => {
      if (this.#markers === held) this.#isReady = true
    }
  }

  async #take(options: Cancel): Promise<AbortMarkers | undefined> {
    try {
      return await AbortMarkers.take(this.#destination, this.#id, options)
    } catch (error) {
      // Who has no use for the id need not be permitted it: of a runner that does not hold the lock any more nothing new comes.
      const isOver = this.#monotonic() - this.#beganMs > endedMs
      if (error instanceof DeniedError && this.way === 'markers' && isOver) return undefined
      throw error
    }
  }

  /** Another has taken the id over: it is claimed again. */
  lose(markers: AbortMarkers): void {
    if (this.#markers !== markers) return
    this.#markers = undefined
    this.#isReady = false
  }

  /** For whoever runs it, where it is slow: to be told with the first offset that is hidden. */
  get warning(): string | undefined {
    if (this.way === 'markers') return undefined
    const { message } = lacking(this.#destination, clusterRight('Alter'))
    return `offsets that no consumer sees are hidden in transactions, some hundred a second and partition, and a broker that goes away may fail a mirror: ${message}`
  }
}
