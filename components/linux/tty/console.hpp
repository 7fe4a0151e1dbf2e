// SPDX-License-Identifier: Apache-2.0
// The console: what the first program has as descriptors 0, 1 and 2.
//
// In terminal mode it is a Terminal over the host link, /dev/console and
// /dev/hvc0. In stream mode there is no terminal: the three are plain byte
// streams that look like pipes, with back-pressure in both directions.
#pragma once

#include <cstdint>
#include <string_view>

#include "components/linux/core/errno.hpp"
#include "components/linux/fs/file_table.hpp"
#include "components/linux/tty/host_link.hpp"
#include "components/linux/tty/terminal.hpp"

namespace tessera::lx {

inline constexpr std::uint64_t kConsoleMajor = 229;  // hvc

enum class ConsoleMode : std::uint8_t {
  terminal,      // frames, a terminal on the host
  stream,        // frames, pipes or files on the host
  raw_terminal,  // no frames: a terminal on a serial line
};

// Once, after load_root; the stream must live for ever.
void start_console(ConsoleMode mode, ByteStream& stream);
// The link's notification fired: there may be bytes, or room. With the big lock held.
void link_progress();
// Something written has not gone to the link yet: do not power off.
bool console_output_pending();
// A line of the machine's own, where the first program's errors would go.
void write_console_line(std::string_view line);
// A piece of a core file, at most a frame's; sleeps until there is room. False: the thread is to
// end, or nobody at the other end takes frames.
bool send_dump(Thread& self, std::span<const std::byte> piece);
// Null in stream mode.
Ref<Terminal> console_terminal();
// Installs descriptors 0, 1 and 2 in an empty table.
Result<void> open_console_files(FileTable& table);

}  // namespace tessera::lx
