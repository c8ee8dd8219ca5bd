// Networks that label pixels: the authors' weights of ESPNet dropped, their map over a photo, its legend, opacity and shares.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import test from "node:test";
