/** As much of autocannon as the bench calls; here, because the root's check runs where it is not installed. */
declare module 'autocannon' {
  export interface Letter {
    readonly method: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
    /** Called before each time that it is sent. */
    readonly setupRequest: (request: Letter) => Letter
  }
  interface Client {
    setRequests(requests: readonly Letter[]): void
    /** `ms` is from the last byte written to the last byte read. */
    on(event: 'response', told: (status: number, bytes: number, ms: number) => void): void
  }
  interface Options {
    readonly url: string
    readonly connections: number
    /** Seconds. */
    readonly duration: number
    /** Milliseconds between two looks whether the time is over. */
    readonly sampleInt: number
    readonly requests: readonly Letter[]
    readonly setupClient: (client: Client) => void
  }
  /** Requests without an answer: lost connections, and those that took too long. */
  interface Outcome {
    readonly errors: number
    readonly timeouts: number
  }
  export default function autocannon(options: Options): Promise<Outcome>
}
