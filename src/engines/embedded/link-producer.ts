import type { ProducerIdentity } from '../../kafka/records/batch.ts'
import type { LinkRecord } from '../../links/records.ts'

/** Under which the records of all mirrors of a link are appended. */
export function linkProducer(link: LinkRecord): ProducerIdentity {
  if (link.engine !== 'embedded') throw new TypeError(`link "${link.name}" is carried by the engine ${link.engine}`)
  return { producerId: link.producer.id, producerEpoch: link.producer.epoch }
}
