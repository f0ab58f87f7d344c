/** The bubblewrap sandbox against the contract of the port. */
import { sandboxContract } from '../contract/sandbox.ts'
import { openSandboxFixture } from '../support/sandbox-fixture.ts'

sandboxContract('bubblewrap', () => openSandboxFixture())
