// SPDX-License-Identifier: Apache-2.0
// From a manifest and the command line to the bundle that the machine boots.
#include "tools/run/prepare.hpp"

#include <stdlib.h>

#include <algorithm>
#include <set>
#include <vector>

#include "tools/image/base.hpp"
#include "tools/image/bundle.hpp"
#include "tools/image/host_program.hpp"
#include "tools/image/packages.hpp"
#include "tools/image/root_source.hpp"
#include "tools/image/root_writer.hpp"
#include "tools/manifest/compile.hpp"
#include "tools/manifest/domains.hpp"
#include "tools/manifest/load.hpp"
#include "tools/manifest/override.hpp"
#include "tools/run/programs.hpp"
#include "tools/run/signing_key.hpp"
#include "tools/support/file.hpp"
#include "tools/support/suggest.hpp"

namespace tessera::tools::run {
namespace {

using manifest::Component;
using manifest::Kind;
using manifest::System;

Result<std::vector<manifest::Driver>> read_drivers(const Paths& paths) {
  const std::string text = TRY(read_file(paths.drivers()));
  return manifest::parse_drivers(text);
}

Result<System> load_system(const Options& options, const Paths& paths, bool terminal) {
  const std::string file = options.system.empty() ? paths.default_system() : options.system;
  const std::string text = TRY(read_file(file));
  Diagnostics diagnostics(file);
  const auto drivers = TRY(read_drivers(paths));
  System system = manifest::load(text, file, diagnostics, drivers);
  if (!diagnostics.empty()) return fail(diagnostics.text());

  manifest::Overrides overrides;
  overrides.command = options.command;
  overrides.environment = options.environment;
  overrides.config = options.config;
  overrides.view = options.view;
  overrides.explain = options.explain;
  overrides.console = terminal ? "tty" : "stream";
  overrides.memory = options.component_memory;
  overrides.core = !options.core.empty();
  overrides.audit = !options.audit.empty();
  for (const Disk& disk : options.disks) overrides.disks.push_back({disk.kind, disk.read_only, disk.together});
  if (options.root_disk) overrides.root_disk = options.root_disk->read_only ? "read" : "write";
  // A medium boots anywhere, where nobody is at the other end.
  overrides.control = options.output.empty();
  // A terminal's programs draw for the terminal that is really there.
  const char* kind = ::getenv("TERM");
  const Component* main = system.find(system.main.name);
  if (terminal && kind != nullptr && main != nullptr && main->kind == Kind::linux) {
    overrides.environment.insert(overrides.environment.begin(), "TERM=" + std::string(kind));
  }
  TRY(manifest::apply(system, overrides));
  return system;
}

// Its root is in the bundle.
bool has_root(const Component& one) { return one.kind == Kind::linux && one.guest.root_disk.empty(); }
bool has_root(const System& system) {
  return std::ranges::any_of(system.components, [](const Component& one) { return has_root(one); });
}

const image::Machine& machine_of(const Options& options) {
  return options.arch == Arch::aarch64 ? image::kAarch64 : image::kX86_64;
}

Result<image::Root> build_root(const System& system, const Options& options, const Paths& paths) {
  image::Root root;
  std::vector<std::string> packages = options.packages;
  if (!options.root.empty()) {
    TRY(image::add_root(root, options.root));
    TRY(image::PackageCache(paths.cache(), machine_of(options)).add(root, packages));
    for (const image::Addition& one : options.additions) TRY(image::add_host_files(root, one));
    return root;
  }
  TRY(image::add_base(root, system.hostname));
  for (const Component& one : system.components) {
    packages.insert(packages.end(), one.guest.packages.begin(), one.guest.packages.end());
  }
  TRY(image::PackageCache(paths.cache(), machine_of(options)).add(root, packages));
  for (const image::Addition& one : options.additions) TRY(image::add_host_files(root, one));
  return root;
}

// The directories of PATH in an environment.
std::vector<std::string> search_path(const std::vector<std::string>& environment) {
  std::string path = "/usr/bin:/bin";
  for (const std::string& one : environment) {
    if (one.starts_with("PATH=")) path = one.substr(5);
  }
  std::vector<std::string> directories;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    if (end != at) directories.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return directories;
}

// The first program starts without a shell: its name is looked up in PATH here.
Result<void> resolve_command(const image::Root& root, Component& component) {
  std::string& program = component.guest.command.front();
  if (program.find('/') != std::string::npos) {
    const std::string full = (program.starts_with('/') ? "" : component.guest.directory + "/") + program;
    if (!root.resolve(full).empty()) return {};
    return fail(program + ": not found in the system; --add HOST:GUEST puts files there");
  }
  for (const std::string& directory : search_path(component.guest.environment)) {
    const std::string full = directory + "/" + program;
    const image::Node* node = root.find(root.resolve(full));
    if (node == nullptr || node->type != image::NodeType::file || (node->permissions & 0111) == 0) continue;
    program = full;
    return {};
  }
  return fail(program + ": command not found in the system");
}

Result<void> check_bundle_grants(const System& system, const std::vector<image::BundleEntry>& entries) {
  std::vector<std::string> names;
  for (const image::BundleEntry& one : entries) names.push_back(one.name);
  for (const Component& one : system.components) {
    for (const manifest::Grant& grant : one.grants) {
      if (grant.name != "bundle" || std::ranges::find(names, grant.value) != names.end()) continue;
      return fail("'" + one.name + "' is granted the bundle's entry '" + grant.value + "', which this system has not" +
                  suggestion(grant.value, names));
    }
  }
  return {};
}

Result<std::vector<image::BundleEntry>> component_entries(const System& system, const Paths& paths) {
  std::set<std::string> programs{"genesis"};
  for (const Component& one : system.components) {
    const std::size_t place = manifest::place_of(system, one);
    programs.insert(manifest::placed_program(one.program, place));
    if (!one.fallback.empty()) programs.insert(manifest::placed_program(one.fallback, place));
  }
  std::vector<image::BundleEntry> entries;
  for (const std::string& program : programs) {
    entries.push_back({program, image::EntryKind::component, TRY(stripped_component(paths, program))});
  }
  return entries;
}

// Those that genesis may want signed: of native components.
image::BundleEntry signatures_of(const System& system, const std::vector<image::BundleEntry>& programs, const signing::Key& key) {
  std::set<std::string> others{"genesis"};
  for (const Component& one : system.components) {
    if (one.kind == Kind::linux) others.insert(one.program);
  }
  std::vector<std::pair<std::string, signature::Signature>> rows;
  for (const image::BundleEntry& one : programs) {
    if (!others.contains(one.name)) rows.emplace_back(one.name, key.sign(one.name, one.content));
  }
  return {"signatures", image::EntryKind::signatures, signing::signature_table(rows)};
}

Result<Prepared> pack(System system, const image::Root& root, const Options& options, const Paths& paths) {
  const signing::Key key = TRY(signing_key(options.signing_key, paths));
  system.key = key.public_text();
  std::vector<image::BundleEntry> entries = TRY(component_entries(system, paths));
  entries.push_back(signatures_of(system, entries, key));
  entries.push_back({"manifest", image::EntryKind::manifest, TRY(manifest::compile(system))});
  if (has_root(system)) {
    image::RootImage written = image::write_root(root);
    entries.push_back({"root.index", image::EntryKind::root_index, std::move(written.index)});
    entries.push_back({"root.data", image::EntryKind::root_data, "", std::move(written.files)});
  }
  TRY(check_bundle_grants(system, entries));
  const Component* main = system.find(system.main.name);
  const bool speaks = main != nullptr && main->kind == Kind::native;
  const bool tells_failure = std::ranges::any_of(system.components, [](const Component& one) {
    return std::ranges::contains(one.grants, "failure", &manifest::Grant::name);
  });
  return Prepared{TRY(image::make_bundle(std::move(entries))), system.main.name, speaks ? main->name : "", tells_failure};
}

std::unexpected<PrepareFailure> own(const Failure& failure) { return std::unexpected(PrepareFailure{failure.message}); }

}  // namespace

std::expected<Prepared, PrepareFailure> prepare_bundle(const Options& options, const Paths& paths, bool terminal) {
  auto system = load_system(options, paths, terminal);
  if (!system) return own(system.error());
  image::Root root;
  if (has_root(*system)) {
    auto built = build_root(*system, options, paths);
    if (!built) return own(built.error());
    root = std::move(*built);
    if (options.host_program) {
      auto added = image::add_host_program(root, options.command.front(), machine_of(options));
      if (!added) return own(added.error());
      system->find(system->main.name)->guest.command.front() = *added;
    }
    for (Component& one : system->components) {
      if (!has_root(one)) continue;
      // A root of the user's need not have the manifest's directory.
      if (!options.root.empty() && root.resolve(one.guest.directory).empty()) one.guest.directory = "/";
      if (auto resolved = resolve_command(root, one); !resolved) {
        return std::unexpected(PrepareFailure{resolved.error().message, kStatusNotFound});
      }
    }
  } else if (!options.root_disk && (!options.additions.empty() || !options.packages.empty())) {
    return own({"--add and --package need a system with a component of kind linux"});
  }
  auto prepared = pack(*system, root, options, paths);
  if (!prepared) return own(prepared.error());
  return std::move(*prepared);
}

namespace {

// The root as it would be in memory.
Result<image::Root> root_for_disk(const Options& options, const Paths& paths) {
  Options in_memory = options;
  in_memory.root_disk.reset();
  in_memory.disks.clear();
  const System system = TRY(load_system(in_memory, paths, false));
  if (!has_root(system)) return fail("--disk-image needs a system with a component of kind linux");
  return build_root(system, in_memory, paths);
}

}  // namespace

Result<std::uint64_t> root_bytes(const Options& options, const Paths& paths) {
  const image::Root root = TRY(root_for_disk(options, paths));
  std::uint64_t bytes = 0;
  for (const auto& [path, node] : root.nodes()) bytes += node.type == image::NodeType::file ? node.content->size() : 0;
  return bytes;
}

std::expected<Prepared, PrepareFailure> prepare_fill(const Options& options, const Paths& paths) {
  const auto prepare = [&]() -> Result<Prepared> {
    constexpr std::string_view kFrom = "/fill";
    Options filler;
    filler.arch = options.arch;
    filler.disks = options.disks;
    filler.command = {"/bin/sh", "-c", "mount -t ext4 /dev/disk0 /mnt && cp -a /fill/. /mnt/ && umount /mnt"};
    const System system = TRY(load_system(filler, paths, false));
    image::Root root = TRY(build_root(system, filler, paths));
    const image::Root all = TRY(root_for_disk(options, paths));
    for (const auto& [path, node] : all.nodes()) TRY(root.put(std::string(kFrom) + (path == "/" ? "" : path), node));
    return pack(system, root, options, paths);
  };
  auto prepared = prepare();
  if (!prepared) return own(prepared.error());
  return std::move(*prepared);
}

}  // namespace tessera::tools::run
