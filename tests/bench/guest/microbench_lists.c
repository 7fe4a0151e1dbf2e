// SPDX-License-Identifier: Apache-2.0
// The rows of microbench.
#include "measure.h"

extern const struct row_list call_rows, file_rows, memory_rows, pipe_rows, process_rows, program_rows, thread_rows;

const struct row_list *const row_lists[] = {&call_rows, &memory_rows,  &process_rows, &thread_rows,
                                            &pipe_rows, &file_rows, &program_rows, NULL};
