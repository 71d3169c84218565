/* Heart, great vessels, windpipe with its first branches, gullet: drawn as strokes, and known as
 * one signed distance so that the lungs can make room for them. */
#pragma once

#include "phantom/scene.h"

G_BEGIN_DECLS

typedef struct _MedctMediastinum MedctMediastinum;

MedctMediastinum *medct_mediastinum_new(const MedctPatient *patient);
void medct_mediastinum_free(MedctMediastinum *mediastinum);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctMediastinum, medct_mediastinum_free)

/* mm to the mediastinum's surface with its fat, negative inside. */
float medct_mediastinum_distance(const MedctMediastinum *mediastinum, MedctVec p);
void medct_mediastinum_draw(const MedctMediastinum *mediastinum, MedctScene *scene);

G_END_DECLS
