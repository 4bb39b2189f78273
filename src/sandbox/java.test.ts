import { expect, it } from 'vitest'
import { findJava, javaMajor, javaVersion } from './java.ts'

it.each([
  ['openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime', '17.0.15', 17],
  ['java version "1.8.0_392"', '1.8.0_392', 8],
  ['Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "21-ea" 2023-09-19', '21-ea', 21],
])('%j is Java %s', (text, version, major) => {
  expect(javaVersion(text)).toBe(version)
  expect(javaMajor(version)).toBe(major)
})

it('no Java is an error that says what to do', async () => {
  const { signal } = new AbortController()
  await expect(findJava({ env: { PATH: '/nowhere' } }, { signal })).rejects.toMatchObject({ code: 'GR-NO-JAVA' })
  await expect(findJava({ env: { JAVA_HOME: '/nowhere' } }, { signal })).rejects.toMatchObject({
    message: 'Kafka needs Java, and there is no "/nowhere/bin/java"',
  })
})
