// SPDX-License-Identifier: Apache-2.0
// tessera-tool: the engine behind the script ./tessera.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>

#include "tools/audit/command.hpp"
#include "tools/control/command.hpp"
#include "tools/run/fuzz.hpp"
#include "tools/run/help.hpp"
#include "tools/run/new_driver.hpp"
#include "tools/run/options.hpp"
#include "tools/run/prepare.hpp"
#include "tools/run/reload.hpp"
#include "tools/run/report.hpp"
#include "tools/run/session.hpp"
#include "tools/run/test_options.hpp"
#include "tools/support/arguments.hpp"
#include "tools/support/file.hpp"
#include "tools/support/process.hpp"
#include "tools/support/suggest.hpp"

namespace tessera::tools::run {
namespace {

int show_help(std::string_view command) {
  const std::string page(help_page(command));
  std::fputs(page.c_str(), stdout);
  return 0;
}

int with_options(Result<Options> options, std::string_view command, int (*action)(const Options&, const Paths&)) {
  if (!options) {
    say(options.error().message);
    return kStatusOwnFailure;
  }
  if (options->help) return show_help(command);
  if (command == "debug") options->gdb = true;
  if (command == "explain") options->explain = true;
  Paths paths = Paths::find();
  if (options->arch == Arch::aarch64) paths.below = "/aarch64";
  return action(*options, paths);
}

// Becomes another program.
int become(std::vector<std::string> words) {
  ::execvp(words.front().c_str(), exec_words(words).data());
  say("cannot run " + words.front() + ": " + std::strerror(errno));
  return kStatusOwnFailure;
}

bool asks_for_help(std::span<const std::string> rest) {
  return !rest.empty() && (rest.front() == "--help" || rest.front() == "-h");
}

int test(std::span<const std::string> rest) {
  const auto options = parse_test_options(rest);
  if (!options) {
    say(options.error().message);
    return kStatusOwnFailure;
  }
  const Paths paths = Paths::find();
  if (options->coverage) return become({paths.source + "/tests/coverage.sh", paths.build, options->html});
  if (options->cpus != 0) ::setenv(kCpusVariable, std::to_string(options->cpus).c_str(), 1);
  std::vector<std::string> words{"ctest", "--test-dir", paths.build, "--output-on-failure", "-j2"};
  const std::vector<std::string> chosen = ctest_words(*options);
  words.insert(words.end(), chosen.begin(), chosen.end());
  return become(std::move(words));
}

int bench(std::span<const std::string> rest) {
  const std::string program = Paths::find().build + "/tests/bench/tessera-bench";
  std::error_code error;
  if (!std::filesystem::exists(program, error)) {
    say("there are no benchmarks yet: " + program + " was not built");
    return kStatusOwnFailure;
  }
  std::vector<std::string> words{program};
  words.insert(words.end(), rest.begin(), rest.end());
  return become(std::move(words));
}

int audit(std::span<const std::string> rest) {
  const auto options = audit::parse_options(rest);
  if (options && options->help) return show_help("audit");
  const auto shown = options ? audit::print(*options) : Result<std::uint64_t>(std::unexpected(options.error()));
  if (shown) return 0;
  say(shown.error().message);
  return kStatusOwnFailure;
}

// ps, devices, restart, stop, start.
int manage(const std::string& command, std::span<const std::string> rest) {
  const auto options = control::parse_options(command, rest);
  if (options && options->help) return show_help("ps");
  std::vector<manifest::Driver> drivers;
  // The list is the same for both architectures.
  if (const auto text = read_file(Paths::find().drivers())) drivers = manifest::parse_drivers(*text).value_or(drivers);
  const auto told = options ? control::carry_out(command, *options, drivers) : Result<std::string>(std::unexpected(options.error()));
  if (told) {
    std::fputs(told->c_str(), stdout);
    return 0;
  }
  say(told.error().message);
  return kStatusOwnFailure;
}

int replace_program(std::span<const std::string> rest) {
  const auto options = control::parse_options("reload", rest);
  if (options && options->help) return show_help("reload");
  const auto done = options ? reload(*options, Paths::find()) : Result<void>(std::unexpected(options.error()));
  if (done) return 0;
  say(done.error().message);
  return kStatusOwnFailure;
}

int fuzz(std::span<const std::string> rest) {
  const auto options = parse_fuzz_options(rest);
  if (options && options->help) return show_help("fuzz");
  if (options) return fuzz(*options, Paths::find());
  say(options.error().message);
  return kStatusOwnFailure;
}

int dispatch(std::span<const std::string> words) {
  static const std::array<std::string, 17> commands{"run",   "build", "test",  "prove",   "fuzz", "bench", "image", "debug",
                                                    "audit", "explain", "new", "ps", "devices", "restart", "stop", "start", "reload"};
  const std::string command = words.size() > 1 ? words[1] : "--help";
  const auto rest = words.subspan(std::min<std::size_t>(2, words.size()));
  if (command == "--help" || command == "-h" || command == "help") return show_help(rest.empty() ? "" : rest.front());
  if (command == "run" || command == "debug" || command == "explain") return with_options(parse_run_options(rest), command, run_machine);
  if (command == "image") return with_options(parse_image_options(rest), command, write_image);
  if (command == "audit") return audit(rest);
  if (command == "fuzz") return fuzz(rest);
  if (command == "ps" || command == "devices" || command == "restart" || command == "stop" || command == "start") return manage(command, rest);
  if (command == "reload") return replace_program(rest);
  if (asks_for_help(rest)) return show_help(command);
  if (command == "test") return test(rest);
  if (command == "bench") return bench(rest);
  if (command == "new") return make_new(rest, Paths::find());
  if (command == "build" || command == "prove") return 0;  // done by the script before it came here
  say("there is no command '" + command + "'" + suggestion(command, commands));
  return kStatusOwnFailure;
}

// So that no stream of ours gets a number that means something else.
void open_standard_streams() {
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
    if (::fcntl(stream, F_GETFD) < 0) static_cast<void>(::open("/dev/null", O_RDWR));
  }
}

}  // namespace
}  // namespace tessera::tools::run

int main(int count, char** values) {
  tessera::tools::run::open_standard_streams();
  const auto words = tessera::tools::arguments(count, values);
  return tessera::tools::run::dispatch(words);
}
