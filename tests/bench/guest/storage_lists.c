// SPDX-License-Identifier: Apache-2.0
// The rows of storage.
#include "measure.h"

extern const struct row_list data_rows, name_rows;

const struct row_list *const row_lists[] = {&data_rows, &name_rows, NULL};
