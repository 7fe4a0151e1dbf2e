// SPDX-License-Identifier: Apache-2.0
#include "tools/run/new_driver.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "tools/run/prepare.hpp"
#include "tools/run/report.hpp"
#include "tools/support/file.hpp"

namespace tessera::tools::run {
namespace {

const std::string kDrivers = "components/drivers", kTests = "tests/unit/drivers";

bool good_name(const std::string& name) {
  return !name.empty() && name.size() <= 31 && name.front() >= 'a' && name.front() <= 'z' && name.back() != '-' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) text.replace(at, what.size(), by);
  return text;
}

// The driver that is copied, under each of its names.
std::string renamed(std::string text, const std::string& name) {
  const std::string folder = replaced(name, "-", "_");
  std::string type;
  for (std::size_t at = 0; at < name.size(); ++at) {
    if (name[at] == '-') continue;
    const bool first = at == 0 || name[at - 1] == '-';
    type += first && name[at] >= 'a' ? static_cast<char>(name[at] - 'a' + 'A') : name[at];
  }
  text = replaced(std::move(text), "virtio_rng", folder);
  text = replaced(std::move(text), "virtio-rng", name);
  for (const std::string end : {".hpp", ".cpp"}) text = replaced(std::move(text), "rng" + end, folder + end);
  text = replaced(std::move(text), "`rng`", "`" + folder + "`");
  return replaced(std::move(text), "Rng", type);
}

}  // namespace

Result<std::vector<std::string>> new_driver(const std::string& source, const std::string& name) {
  if (!good_name(name)) return fail("a driver's name is made of small letters, digits and '-', such as nvme or intel-hda; '" + name + "' is not");
  const std::string folder = replaced(name, "-", "_");
  const std::string to = kDrivers + "/" + folder, test = kTests + "/" + folder + "_test.cpp";
  std::error_code error;
  for (const std::string& path : {to, test}) {
    if (std::filesystem::exists(source + "/" + path, error)) return fail("there is " + path + " already");
  }
  const std::array<std::pair<std::string, std::string>, 6> files{{
      {kDrivers + "/virtio_rng/CMakeLists.txt", to + "/CMakeLists.txt"},
      {kDrivers + "/virtio_rng/README.md", to + "/README.md"},
      {kDrivers + "/virtio_rng/main.cpp", to + "/main.cpp"},
      {kDrivers + "/virtio_rng/rng.hpp", to + "/" + folder + ".hpp"},
      {kDrivers + "/virtio_rng/rng.cpp", to + "/" + folder + ".cpp"},
      {kTests + "/virtio_rng_test.cpp", test},
  }};
  std::vector<std::string> changed;
  TRY(make_directories(source + "/" + to));
  for (const auto& [from, path] : files) {
    const std::string text = TRY(read_file(source + "/" + from));
    TRY(write_file(source + "/" + path, renamed(text, name)));
    changed.push_back(path);
  }
  const std::array<std::pair<std::string, std::string>, 2> lists{{
      {kDrivers + "/CMakeLists.txt", "add_subdirectory(" + folder + ")\n"},
      {kTests + "/CMakeLists.txt", "lib_test(driver_" + folder + "_test " + folder + "_test.cpp ${drivers}/" + folder + "/" + folder +
                                       ".cpp)\n"},
  }};
  for (const auto& [path, line] : lists) {
    const std::string text = TRY(read_file(source + "/" + path));
    TRY(write_file(source + "/" + path, text + line));
    changed.push_back(path);
  }
  return changed;
}

int make_new(std::span<const std::string> arguments, const Paths& paths) {
  if (arguments.size() != 2 || arguments.front() != "driver") {
    say("say what is to be made: ./tessera new driver NAME");
    return kStatusOwnFailure;
  }
  const auto made = new_driver(paths.source, arguments.back());
  if (!made) {
    say(made.error().message);
    return kStatusOwnFailure;
  }
  std::puts("A copy of the shortest driver, to be changed into yours (lib/ddk/README.md). Made or changed:");
  for (const std::string& one : *made) std::puts(("  " + one).c_str());
  std::puts(("What it drives, for manifests and ./tessera devices: tessera_drives in " + kDrivers + "/" + replaced(arguments.back(), "-", "_") + "/CMakeLists.txt").c_str());
  std::puts(("Its test, without hardware: ./tessera test -R driver_" + replaced(arguments.back(), "-", "_")).c_str());
  return 0;
}

}  // namespace tessera::tools::run
