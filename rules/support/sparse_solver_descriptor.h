//! include: rocsparse/rocsparse.h
/// What cuSPARSE keeps between the analysis of a triangular matrix and the solutions: the workspace.
struct sparse_solver;
using sparse_solver_descriptor = sparse_solver *;
struct sparse_solver {
    void *work;
};
