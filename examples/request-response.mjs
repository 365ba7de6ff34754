// Request and response with the bare four verbs: get, post, waitReceive, put. Nothing else is needed.
import { createEngine, OpCode, parseAddress, tcpClient, tcpServer } from 'rxtofu';
import { check } from './support/check.mjs';

const engine = createEngine();
const server = engine.createGroup();
const client = engine.createGroup();

// The server listens: a WelcomeRequest, answered by the engine with the port that it took.
const welcomeRequest = engine.get();
tcpServer('127.0.0.1', 0).format(welcomeRequest);
server.post(welcomeRequest);
const welcome = await server.waitReceive(5_000);
const { host, port } = parseAddress(welcome);
engine.put(welcome);

// The client connects: a HelloRequest, which carries the address. post() answers the number of the new channel.
const helloRequest = engine.get();
tcpClient(host, port).format(helloRequest);
const { channelNumber } = client.post(helloRequest);

// The server accepts: reply() makes the HelloResponse to a HelloRequest.
const hello = await server.waitReceive(5_000);
server.post(hello.reply());
engine.put(hello);

const accepted = await client.waitReceive(5_000);
check(accepted.opCode === OpCode.HelloResponse && accepted.status === 0, 'the server accepted');
engine.put(accepted);

// The client asks. A message from get() is a Request already.
const request = engine.get();
request.channelNumber = channelNumber;
request.body.append('what is the answer?');
const { messageId } = client.post(request); // id 0 became the next free number

// The server answers, in the message that it got: it owns it, so it may change and post it.
const asked = await server.waitReceive(5_000);
console.log(`server got "${asked.body.text()}"`);
asked.opCode = OpCode.Response;
asked.body.copy('42');
server.post(asked); // used up: no put needed, and none does harm

const response = await client.waitReceive(5_000);
console.log(`client got "${response.body.text()}"`);
check(response.messageId === messageId, "the response carries its request's id");
engine.put(response);

await engine.destroy();
