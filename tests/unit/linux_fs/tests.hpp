// SPDX-License-Identifier: Apache-2.0
// What main runs, in this order.
#pragma once

void random_tests();
void root_index_tests();
void walk_tests();
void tmpfs_tests();
void tmpfs_model_tests();
void rename_tests();
void descriptor_tests();
void pipe_tests();
void poll_tests();
void locks_tests();
void terminal_tests();
void pty_tests();
void link_tests();
void proc_tests();
