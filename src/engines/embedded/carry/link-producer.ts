import type { ProducerIdentity } from '../../../kafka/records/batch.ts'
import type { LinkRecord, MirrorRecord } from '../../../links/records.ts'

/** Under which the records of all mirrors of a link are appended. */
export function linkProducer(link: LinkRecord): ProducerIdentity {
  if (link.engine !== 'embedded') throw new TypeError(`link "${link.name}" is carried by the engine ${link.engine}`)
  return { producerId: link.producer.id, producerEpoch: link.producer.epoch }
}

/**
 * The link's producer as it appends to this mirror. One that carries a topic a second time has been fenced there before, and goes on above that: its id
 * tells whose the batches are, whatever the epoch.
 */
export function mirrorProducer(
  producer: ProducerIdentity,
  { reversed }: Pick<MirrorRecord, 'reversed'>,
): ProducerIdentity {
  return reversed === undefined ? producer : { ...producer, producerEpoch: reversed.epoch }
}

/** The mirrors by the epoch at which the link's producer appends to them. */
export function byProducer(
  link: LinkRecord,
  records: readonly MirrorRecord[],
): readonly { readonly producer: ProducerIdentity; readonly records: readonly MirrorRecord[] }[] {
  const own = linkProducer(link)
  const epochs = [...new Set(records.map((record) => mirrorProducer(own, record).producerEpoch))]
  return epochs.map((producerEpoch) => ({
    producer: { ...own, producerEpoch },
    records: records.filter((record) => mirrorProducer(own, record).producerEpoch === producerEpoch),
  }))
}
