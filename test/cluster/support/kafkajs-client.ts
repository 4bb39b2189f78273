import { randomInt } from 'node:crypto'
import kafkajs, { type Kafka } from 'kafkajs'

/**
 * What the tests observe clusters with: kafkajs's own client, none of georep's code. It asks the first broker of its list, and never leaves one that takes
 * connections and does not answer, as one does that is frozen: each client begins with another.
 */
export function kafkajsClient(bootstrap: readonly string[]): Kafka {
  const first = randomInt(bootstrap.length)
  const brokers = [...bootstrap.slice(first), ...bootstrap.slice(0, first)]
  return new kafkajs.Kafka({ clientId: 'observer', brokers, logLevel: kafkajs.logLevel.NOTHING })
}

/** Without the warning that kafkajs prints when none is named. */
export const createPartitioner = kafkajs.Partitioners.DefaultPartitioner
