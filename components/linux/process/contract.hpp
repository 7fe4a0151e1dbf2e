// SPDX-License-Identifier: Apache-2.0
// What file systems, terminals and /proc need to know of processes, without
// knowing how processes are built. Implemented by process/.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "components/linux/core/errno.hpp"
#include "components/linux/core/processor_set.hpp"
#include "components/linux/core/ref.hpp"

namespace tessera::lx {

class Thread;
class Terminal;    // tty/
class FsContext;   // fs/: root, working directory, umask
class FileTable;   // fs/: descriptors
class UtsNames;
struct Path;

struct Credentials {
  std::uint32_t uid = 0, euid = 0, suid = 0, fsuid = 0, gid = 0, egid = 0, sgid = 0, fsgid = 0;
  std::vector<std::uint32_t> groups;
};

// The thread whose system call is being served.
Thread& current_thread();
// Where the calling thread is to run; 0 for one of the personality's own.
unsigned current_processor();
const Credentials& current_credentials();
FsContext& current_fs();
FileTable& current_files();
std::int32_t current_pid();
std::int32_t current_tid();
std::int32_t current_process_group();
std::int32_t current_session();
bool current_is_session_leader();
// RLIMIT_* soft limit of the current process (resource numbers of Linux).
std::uint64_t current_limit(unsigned resource);
// Tasks there may be at a time (kernel.threads-max); open files that a process may be allowed (fs.nr_open).
std::uint64_t most_tasks();
std::uint64_t most_descriptors();
// A signal that is not blocked and not ignored is pending.
bool current_signal_pending();
bool current_signal_ignored_or_blocked(int signal);
// True when the process group has no member whose parent is in another group of the same session.
bool process_group_is_orphaned(std::int32_t group);

void signal_current(int signal);                          // to the calling thread's process, e.g. SIGPIPE
void signal_process_group(std::int32_t group, int signal);
bool process_group_exists(std::int32_t group, std::int32_t session);
// The session of the process group of this number; where no process is in it, of the process that has
// the number. ESRCH when nothing has it. EPERM for a number in use that has no session to tell.
Result<std::int32_t> session_of_group(std::int32_t group);
// The controlling terminal of the current session, or null.
Ref<Terminal> current_terminal();
void set_session_terminal(std::int32_t session, Ref<Terminal> terminal);

// Whom an open file tells by signals, and what (fcntl(2), F_SETOWN_EX: the numbers are Linux').
enum class SignalOwnerKind : std::int32_t { thread = 0, process = 1, group = 2 };
struct SignalOwner {
  SignalOwnerKind kind = SignalOwnerKind::thread;
  std::int32_t number = 0;            // 0: nobody
  std::uint32_t uid = 0, euid = 0;    // of who named it: who it may be
};
struct IoSignal {
  int signal = 0;  // 0: SIGIO, without the rest
  std::int32_t code = 0;
  std::uint32_t band = 0;
  std::int32_t descriptor = 0;
};
bool signal_owner_exists(SignalOwnerKind kind, std::int32_t number);
void send_io_signal(const SignalOwner& owner, const IoSignal& event);

// Clocks, ns. monotonic = since boot.
std::uint64_t monotonic_ns();
std::uint64_t realtime_ns();

// One process or one thread of it, as /proc shows it.
struct ProcessFacts {
  std::int32_t pid = 0, parent = 0, group = 0, session = 0, terminal_group = -1;
  std::uint64_t terminal_device = 0;
  char state = 'R';
  std::array<char, 16> name{};
  std::uint32_t thread_count = 1;
  std::uint64_t user_ns = 0, system_ns = 0, child_user_ns = 0, child_system_ns = 0, start_ns = 0;
  std::uint64_t minor_faults = 0, child_minor_faults = 0;
  std::int32_t nice = 0, priority = 20;
  unsigned processor = 0;  // on which it ran last
  std::int32_t exit_signal = 17, exit_code = 0;
  std::uint64_t resident_limit = ~std::uint64_t{0};
  std::uint64_t pending = 0, blocked = 0, ignored = 0, caught = 0;  // signals: bit n-1 for signal n
  std::uint64_t personality = 0;
  bool did_exec = true;
  bool dumpable = true;
  Credentials credentials;
};
// Its memory; all 0 for one that has none any more.
struct MemoryFacts {
  std::uint64_t bytes = 0, peak_bytes = 0, resident_pages = 0, peak_pages = 0;
  std::uint64_t object_pages = 0;  // of resident_pages those that are a file's or shared
  std::uint64_t data_bytes = 0, stack_bytes = 0, executable_bytes = 0, locked_bytes = 0;
  std::uint64_t code_start = 0, code_end = 0, data_start = 0, data_end = 0, break_start = 0, stack_start = 0;
  std::uint64_t argument_start = 0, argument_end = 0, environment_start = 0, environment_end = 0;
};
std::vector<std::int32_t> process_ids();
Result<ProcessFacts> process_facts(std::int32_t pid);  // ESRCH
Result<ProcessFacts> thread_facts(std::int32_t tid);   // times, faults, name and state of the one thread. ESRCH
MemoryFacts memory_facts(std::int32_t pid);
// Whether the caller may see what would tell the process' secrets (PTRACE_MODE_READ).
bool may_inspect(std::int32_t pid);
Result<void> set_thread_name(std::int32_t tid, std::string_view name);  // ESRCH; EINVAL for another process' thread
Result<std::string> process_command_line(std::int32_t pid);
Result<std::string> process_environment(std::int32_t pid);
Result<std::string> process_auxiliary(std::int32_t pid);    // the auxiliary vector, as bytes
Result<std::string> thread_call(std::int32_t tid);          // text of /proc/PID/syscall
Result<std::string> process_maps(std::int32_t pid);   // text of /proc/PID/maps
Result<std::string> process_maps_in_detail(std::int32_t pid);   // of smaps
Result<std::string> process_status(std::int32_t pid, std::int32_t tid); // of status
Path process_executable(std::int32_t pid);            // empty when there is none
FsContext* process_fs(std::int32_t pid);              // null when gone
FileTable* process_files(std::int32_t pid);
Ref<UtsNames> process_names(std::int32_t pid);        // its UTS namespace
// What a processor did since the start.
struct ProcessorFacts {
  unsigned number = 0;
  std::uint64_t user_ns = 0, system_ns = 0, idle_ns = 0;
};
std::vector<ProcessorFacts> processor_facts();
ProcessorSet online_processors();

struct LoadFacts {
  std::uint64_t forks = 0, switches = 0;
  std::array<std::uint32_t, 3> load_hundredths{};
  std::uint32_t running = 1, blocked = 0, threads = 1;
  std::int32_t last_pid = 1;
};
LoadFacts load_facts();

// The personality's own heap, in bytes: the size it grew to, and what of it is free for other objects.
struct HeapFacts {
  std::uint64_t bytes = 0, free = 0;
};
HeapFacts heap_facts();

// Text of /proc/sysvipc/{shm,sem,msg}; implemented by ipc/.
std::string sysv_memory_text();
std::string sysv_semaphores_text();
std::string sysv_messages_text();
std::string unix_sockets_text();  // of net/unix

// Needed by fs/ and tty/.
// ppoll, pselect6: puts the calling thread's signal mask aside and sets the one at
// this address until the call has ended (a handler that it runs for still sees
// it). EINVAL when `size` is not 8, EFAULT.
Result<void> begin_temporary_mask(std::uint64_t mask_address, std::uint64_t size);
void set_host_name(std::string_view name);
std::string_view host_name();
std::string_view kernel_release();  // uname -r
std::string_view kernel_version();  // uname -v
std::vector<std::int32_t> process_threads(std::int32_t pid);  // empty when gone
struct LimitFacts {
  std::uint64_t soft = 0, hard = 0;
};
Result<LimitFacts> process_limit(std::int32_t pid, unsigned resource);  // ESRCH

}  // namespace tessera::lx
