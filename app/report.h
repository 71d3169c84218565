/* A report of one study's findings as a file: JSON (the line of `medct score --json`), CSV, or one
 * page of PDF. Each names the study by the hash of its file: a file's name may hold a patient's.
 * Files appear whole or not at all. Thread: any; several calls at once for different files. */
#pragma once

#include "app/score.h"
#include "render/window.h"

G_BEGIN_DECLS

/* All borrowed. */
typedef struct {
  const MedctScorer *scorer;
  const MedctStudyScore *study;
  const MedctStudyScore *base; /* the same findings without the adapter, or NULL */
  MedctWindow window;          /* of the key pictures */
  int shown; /* the finding whose pictures come first; −1: the highest score's */
} MedctReport;

/* FALSE with what to do when the name does not end in .json, .csv or .pdf. */
gboolean medct_report_check_path(const char *path, GError **error);
/* The name's end chooses the format. */
gboolean medct_report_write(const MedctReport *report, const char *path,
                            const MedctMonitor *monitor, GError **error);

/* "3f2a9c1b04de": what a study is called where its file's name must not stand. Static for as long
 * as the volume lives in *text [13]. */
void medct_report_study_id(const MedctVolume *volume, char text[13]);
/* Findings by falling score, guint [study->n]; the caller frees. */
guint *medct_report_order(const MedctStudyScore *study);

/* report-pdf.c: the page's bytes, NULL on failure. */
GByteArray *medct_report_draw_pdf(const MedctReport *report, const MedctMonitor *monitor,
                                  GError **error);

G_END_DECLS
