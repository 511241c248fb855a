import { wireTransport } from "../../src/http/wire.ts";
import { undiciTransport } from "../../src/http/undici-transport.ts";
import { transportSuite } from "./transport/suite.ts";

transportSuite("the wire", wireTransport);
transportSuite("undici", undiciTransport);
