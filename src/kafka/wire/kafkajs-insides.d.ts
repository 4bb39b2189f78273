// kafkajs has no types of these: kafkajs-connection.ts says what it uses of them.
declare module 'kafkajs/src/network/*' {
  const inside: unknown
  export default inside
}
