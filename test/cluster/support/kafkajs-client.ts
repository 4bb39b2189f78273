import kafkajs, { type Kafka } from 'kafkajs'

/** What the tests observe clusters with: kafkajs's own client, none of georep's code. */
export function kafkajsClient(bootstrap: readonly string[]): Kafka {
  return new kafkajs.Kafka({ clientId: 'observer', brokers: [...bootstrap], logLevel: kafkajs.logLevel.NOTHING })
}

/** Without the warning that kafkajs prints when none is named. */
export const createPartitioner = kafkajs.Partitioners.DefaultPartitioner
