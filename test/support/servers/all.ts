import type { InstallableServer } from "./installable.ts";
import { moto } from "./moto.ts";
import { radosgw } from "./radosgw.ts";
import { seaweedfs } from "./seaweedfs.ts";

/** The servers by others that the tests run against; the one list of them. */
export const installableServers: readonly InstallableServer[] = [radosgw, seaweedfs, moto];
