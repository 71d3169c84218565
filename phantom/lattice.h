/* A smooth field known at the nodes of a coarse lattice and interpolated between them: distances
 * to large organs and noise of a given correlation length cost a few operations a voxel that way.
 * Immutable once filled: any thread may read. */
#pragma once

#include "model/pool.h"
#include "phantom/vec.h"

G_BEGIN_DECLS

typedef struct {
  MedctVec origin; /* mm, of node 0 */
  float step;      /* mm */
  int n[3];        /* nodes along x, y, z; at least 2 */
  float *values;   /* [n[2]][n[1]][n[0]] */
} MedctLattice;

typedef float (*MedctField)(MedctVec p, const void *data);

MedctLattice *medct_lattice_new(MedctBounds bounds, float step);
void medct_lattice_free(MedctLattice *lattice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctLattice, medct_lattice_free)

/* The value of `field` at each node. */
void medct_lattice_fill(MedctLattice *lattice, MedctField field, const void *data, MedctPool *pool);
/* Smooth noise of mean 0 and about the standard deviation `sd`; correlation length = the step. */
void medct_lattice_noise(MedctLattice *lattice, guint64 key, float sd, MedctPool *pool);

/* Outside the lattice the nearest border holds. */
float medct_lattice_at(const MedctLattice *lattice, MedctVec p);
/* out[i] for the voxels x0 + i·dx of one row. */
void medct_lattice_row(const MedctLattice *lattice, float y, float z, float x0, float dx, int n,
                       float *out);

G_END_DECLS
