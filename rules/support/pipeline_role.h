/// What a thread does in a pipeline.
enum class pipeline_role { producer, consumer };
