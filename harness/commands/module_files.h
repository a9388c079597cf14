#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/plan.h"
#include "harness/run/task.h"

/// The IHV Extensions module of a plan, and what it takes to host it on another machine.
namespace postassoc {

/// The program that hosts a module: the rig's, or the one beside this program.
std::filesystem::path module_host_program(const RigSpec& rig);

/// A file on its way to where a plan is recorded.
struct CarriedFile {
  std::string name;  ///< without folders
  Bytes content;
};

/// The module, its host program, and the libraries they load that this program does not, all
/// without debugging symbols; nothing for a plan without a module. An Error names the file that is
/// missing.
Task<std::vector<CarriedFile>> files_of_module(const Plan& plan);

/// `document` with the files behind it: one line of JSON, then the contents.
Bytes pack_job(nlohmann::json document, const std::vector<CarriedFile>& files);

struct UnpackedJob {
  nlohmann::json document;
  std::vector<CarriedFile> files;
};
/// An Error for anything that pack_job() did not make.
Result<UnpackedJob> unpack_job(ByteView job);

/// Writes the files where programs can be run from, replacing those of the job before, and lets the
/// plan find its module and its host there.
Result<> place_files(const std::vector<CarriedFile>& files, const std::filesystem::path& folder,
                     Plan& plan);

}  // namespace postassoc
