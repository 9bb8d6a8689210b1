/** Central's verified backups. */
import type { BackupsAnswer } from "../../../shared/api/central-api.ts";
import { load, notLoaded } from "../../data/loaded.ts";
import { api } from "../session-state.ts";

export const backups = notLoaded<BackupsAnswer>();

export const loadBackups = (): Promise<void> => load(backups, () => api.get<BackupsAnswer>("/health/backups"));
