// The people in a picture, by a network of `outrack export` and ONNX Runtime alone. The contract is docs/onnx.md.
//
//   g++ -std=c++17 examples/onnx_runner.cpp -I$ORT/include -L$ORT/lib -lonnxruntime -o onnx_runner
//   ./onnx_runner mine.onnx picture.ppm        (binary PPM whose width and height are multiples of 32)
#include <onnxruntime_cxx_api.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

struct Picture {
    int64_t width = 0, height = 0;
    std::vector<uint8_t> planes;  // all red values, then all green ones, then all blue ones
};

Picture read_ppm(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string kind;
    int most = 0;
    Picture picture;
    file >> kind >> picture.width >> picture.height >> most;
    file.get();
    if (!file || kind != "P6" || most != 255 || picture.width % 32 || picture.height % 32)
        throw std::runtime_error(path + ": expected a binary PPM of 8 bits, its sides multiples of 32");
    const size_t area = static_cast<size_t>(picture.width * picture.height);
    std::vector<uint8_t> pixels(3 * area);
    file.read(reinterpret_cast<char*>(pixels.data()), static_cast<std::streamsize>(pixels.size()));
    if (!file) throw std::runtime_error(path + ": the file is cut short");
    picture.planes.resize(pixels.size());
    for (size_t i = 0; i < area; ++i)
        for (size_t channel = 0; channel < 3; ++channel) picture.planes[channel * area + i] = pixels[3 * i + channel];
    return picture;
}

int main(int argc, char** argv) try {
    if (argc != 3) throw std::runtime_error("expected: onnx_runner NETWORK.onnx PICTURE.ppm");
    Picture picture = read_ppm(argv[2]);
    Ort::Env env(ORT_LOGGING_LEVEL_WARNING, "outrack");
    Ort::Session session(env, argv[1], Ort::SessionOptions());
    Ort::AllocatorWithDefaultOptions allocator;
    auto said = session.GetModelMetadata().LookupCustomMetadataMapAllocated("outrack.score_threshold", allocator);
    if (!said) throw std::runtime_error("this file is not of `outrack export`");
    const float threshold = std::stof(said.get());

    const std::array<int64_t, 4> shape{1, 3, picture.height, picture.width};
    auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    auto images = Ort::Value::CreateTensor<uint8_t>(
        memory, picture.planes.data(), picture.planes.size(), shape.data(), shape.size());
    const char* inputs[] = {"images"};
    const char* outputs[] = {"boxes", "scores"};
    auto found = session.Run(Ort::RunOptions(), inputs, &images, 1, outputs, 2);
    const float* boxes = found[0].GetTensorData<float>();    // (1, K, 4): x1, y1, x2, y2 in pixels of the picture
    const float* scores = found[1].GetTensorData<float>();  // (1, K), best first
    const int64_t count = found[1].GetTensorTypeAndShapeInfo().GetShape()[1];
    for (int64_t k = 0; k < count; ++k) {
        if (scores[k] < threshold) continue;
        const float* box = boxes + 4 * k;
        std::cout << box[0] << ' ' << box[1] << ' ' << box[2] << ' ' << box[3] << ' ' << scores[k] << '\n';
    }
    return 0;
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
